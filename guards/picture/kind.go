package picture

import "bytes"

// kind tells a file's type by its first bytes.
func kind(file []byte) string {
	has := func(at int, s string) bool { return len(file) >= at+len(s) && string(file[at:at+len(s)]) == s }
	switch {
	case has(0, "\x89PNG\r\n\x1a\n"):
		return "image/png"
	case has(0, "\xff\xd8\xff"):
		return "image/jpeg"
	case has(0, "GIF87a"), has(0, "GIF89a"):
		return "image/gif"
	case has(0, "RIFF") && has(8, "WEBP"):
		return "image/webp"
	case has(4, "ftyp") && film(file):
		return "video/mp4"
	}
	return ""
}

// film tells MP4 from the pictures (AVIF, HEIC) that come in boxes of the same form.
func film(file []byte) bool {
	if len(file) < 12 {
		return false
	}
	switch brand := file[8:12]; string(brand) {
	case "isom", "avc1", "mp41", "mp42", "mp71", "MSNV", "M4V ", "M4VP", "dash", "mmp4", "F4V ", "NDSM":
		return true
	default:
		return bytes.HasPrefix(brand, []byte("iso")) || bytes.HasPrefix(brand, []byte("3gp"))
	}
}

// frames counts a GIF's frames by walking its blocks: decoding them all could take
// any amount of memory. Of a damaged file it counts those before the damage.
func frames(file []byte) int {
	n, at := 0, 13
	table := func(flags byte) {
		if flags&0x80 != 0 {
			at += 3 << (flags&7 + 1)
		}
	}
	if len(file) < at {
		return 0
	}
	table(file[10])
	for at < len(file) {
		switch file[at] {
		case 0x21: // an extension: its label, then blocks
			at += 2
		case 0x2c: // a frame: place and size, perhaps colours, the code size, then blocks
			if at+9 >= len(file) {
				return n
			}
			n++
			flags := file[at+9]
			at += 10
			table(flags)
			at++
		default: // the end, or no GIF any more
			return n
		}
		for at < len(file) && file[at] != 0 {
			at += 1 + int(file[at])
		}
		at++
	}
	return n
}
