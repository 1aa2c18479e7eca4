"""A bot for heed: it says hello once, and answers who mentions it.

heed gives events on stdin and takes wishes on stdout, one JSON object a line. It
judges each wish, and does itself what is allowed; there is no key of X's here.
"""

import json
import os
import sys

# The bot's own folder, and the only one that it may write to.
ASKED = os.path.join(os.environ["HEED_STATE_DIR"], "asked")


def want(**intent):
    print(json.dumps(intent), flush=True)


def one_more():
    """Counts a question. The file is replaced as a whole: an end half way spoils nothing."""
    try:
        with open(ASKED) as f:
            n = int(f.read()) + 1
    except FileNotFoundError:
        n = 1
    with open(ASKED + ".new", "w") as f:
        f.write(str(n))
    os.replace(ASKED + ".new", ASKED)
    return n


def on_hello(event):
    # A key names the thing for ever: said again at the next start, it is the same post.
    want(action="post", key="hello", text=f"Hello, I am {event['bot']}, a bot. Ask me something.")


def on_mention(event):
    n = one_more()
    want(action="reply", key="answer-" + event["id"],
         cause=event["id"],  # what is answered; without it an answer is refused
         target={"post_id": event["mention"]["post_id"]},
         text=f"Thank you for asking. That was question {n}.",
         template="answer", facts={"question": str(n)})  # how answers that look alike differ


def on_verdict(event):
    v = event["verdict"]
    if v["decision"] not in ("allow", "duplicate"):  # duplicate: the key was used before
        print("W!", v["key"], v["decision"], v["message"], file=sys.stderr)  # stands in heed's log


ON = {"hello": on_hello, "mention": on_mention, "verdict": on_verdict}

for line in sys.stdin:  # ends when heed wants the bot to stop
    event = json.loads(line)
    if event["type"] in ON:
        ON[event["type"]](event)
