#!/usr/bin/env python3
"""quakes: posts each earthquake once, as it comes.

FEED  a file of earthquakes, one JSON object a line (they are told as if they
      happened now), or "live" for the U.S. Geological Survey's own feed.
PACE  seconds between two posts from a file (default 3).

heed gives events on stdin and takes intents on stdout. The quake's id is the key,
so a quake that was posted once is never posted again, whatever happens here.
"""

import json
import os
import sys
import threading
import time
import urllib.request

LIVE = "https://earthquake.usgs.gov/earthquakes/feed/v1.0/summary/2.5_day.geojson"


def intent(quake):
    mag, place, depth = f"{quake['mag']:.1f}", quake["place"], f"{quake['depth_km']:.0f}"
    return {
        "action": "post",
        "key": quake["id"],
        "text": f"Earthquake M{mag}, {place}, {depth} km deep.",
        "template": "quake",
        "facts": {"magnitude": f"M{mag}", "place": place, "depth": f"{depth} km"},
    }


def say(obj):
    print(json.dumps(obj, ensure_ascii=False), flush=True)


def from_file(path, pace):
    """Goes through the file at a steady pace, and remembers how far it came."""
    mark = os.path.join(os.environ.get("HEED_STATE_DIR", "."), "next")
    try:
        with open(mark) as f:
            start = int(f.read())
    except (OSError, ValueError):
        start = 0
    with open(path, encoding="utf-8") as f:
        quakes = [json.loads(line) for line in f if line.strip()]
    for n, quake in enumerate(quakes[start:], start + 1):
        say(intent(quake))
        with open(mark + ".new", "w") as f:
            f.write(str(n))
        os.replace(mark + ".new", mark)
        time.sleep(pace)
    print("I! every earthquake of the file is told", file=sys.stderr)
    threading.Event().wait()


def from_usgs():
    """Asks the live feed once a minute. Keys make a second telling harmless."""
    while True:
        try:
            with urllib.request.urlopen(LIVE, timeout=30) as answer:
                features = json.load(answer)["features"]
            for f in sorted(features, key=lambda f: f["properties"]["time"]):
                p = f["properties"]
                if p["mag"] is not None and p["place"]:
                    say(intent({"id": f["id"], "mag": p["mag"], "place": p["place"],
                                "depth_km": f["geometry"]["coordinates"][2] or 0}))
        except (OSError, ValueError, KeyError) as err:
            print(f"W! the feed cannot be read: {err}", file=sys.stderr)
        time.sleep(60)


def leave_at_eof():
    """heed closes stdin to ask for a stop."""
    for _ in sys.stdin:
        pass
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=leave_at_eof, daemon=True).start()
    feed = os.environ.get("FEED", "usgs-week-2018-02.jsonl")
    if feed == "live":
        from_usgs()
    else:
        from_file(feed, float(os.environ.get("PACE", "3")))
