package image

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// prove skips a test that needs programs which only "make prove" installs.
func prove(t *testing.T) {
	t.Helper()
	if os.Getenv("FAIRWAY_PROVE") == "" {
		t.Skip("not in make prove")
	}
}

// run runs a program and returns what it writes. One that complains has failed.
func run(t *testing.T, directory, name string, arguments ...string) []byte {
	t.Helper()
	var stderr bytes.Buffer
	c := exec.Command(name, arguments...)
	c.Dir, c.Stderr = directory, &stderr
	out, err := c.Output()
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("%s %q: %v\n%s", name, arguments, err, stderr.Bytes())
	}
	return out
}

// decoded returns sums of all frames and of the sound, as ffmpeg decodes and turns
// them.
func decoded(t *testing.T, path string) string {
	t.Helper()
	arguments := []string{"-v", "error", "-i", path, "-map", "0:v", "-map", "0:a?", "-f", "framemd5", "-"}
	if filepath.Ext(path) == ".heic" { // ffmpeg knows none
		run(t, "", "heif-convert", path, path+".png")
		arguments[3] = path + ".png"
	}
	return string(run(t, "", "ffmpeg", arguments...))
}

// clean filters a file into another.
func clean(t *testing.T, from, to string) {
	t.Helper()
	if err := os.WriteFile(to, mustFilter(t, readFile(t, from), nil), 0o600); err != nil {
		t.Fatal(err)
	}
}

// holds reports whether a file has a text in it.
func holds(t *testing.T, path, text string) bool {
	t.Helper()
	return bytes.Contains(readFile(t, path), []byte(text))
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestFilmsPlay wants films of ffmpeg's to play as before, and exiftool to find
// nothing in them.
func TestFilmsPlay(t *testing.T) {
	prove(t)
	directory := t.TempDir()
	write := func(name, contents string) {
		if err := os.WriteFile(filepath.Join(directory, name), []byte(contents), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("places.srt", "1\n00:00:00,000 --> 00:00:01,000\nGPS (13.3777, 52.5162, 18), D 24.26m\n\n2\n00:00:01,000 --> 00:00:02,000\nA word that stays\n\n")
	write("measured.mp4", string(timedTracks["gopro"].film(true, false)))

	const source = "-f lavfi -i testsrc=size=160x120:rate=15:duration=2 -f lavfi -i sine=duration=2"
	h264, place := strings.Fields("-c:v libx264 -g 5 -c:a aac"), strings.Fields("-metadata location=+52.5162+013.3777/ -metadata title=CANARY -metadata artist=CANARY")
	apple := strings.Fields("-movflags use_metadata_tags -metadata com.apple.quicktime.location.ISO6709=+52.5162+013.3777/ -metadata com.apple.quicktime.make=CANARY")
	tests := []struct {
		name      string
		inputs    string
		arguments []string
	}{
		{"last.mp4", "", h264},
		{"first.mp4", "", append(h264[:len(h264):len(h264)], "-movflags", "+faststart")},
		{"fragments.mp4", "", append(h264[:len(h264):len(h264)], "-movflags", "frag_keyframe+empty_moov+default_base_moof")},
		{"hybrid.mp4", "", append(h264[:len(h264):len(h264)], "-movflags", "frag_keyframe+faststart")},
		{"h265.mov", "", strings.Fields("-c:v libx265 -x265-params log-level=none -tag:v hvc1 -c:a pcm_s16le")},
		{"apple.mov", "", append(strings.Fields("-c:v mpeg4 -c:a aac"), apple...)},
		{"motion.mov", "", strings.Fields("-c:v mjpeg -c:a pcm_s16be")},
		{"turned.mp4", "-i last.mp4", strings.Fields("-map 2 -c copy -metadata:s:v:0 rotate=90")},
		{"text.mp4", "-i places.srt", append(h264[:len(h264):len(h264)], strings.Fields("-map 0 -map 1 -map 2 -c:s mov_text -movflags +faststart")...)},
		{"text.fragments.mp4", "-i places.srt", append(h264[:len(h264):len(h264)], strings.Fields("-map 0 -map 1 -map 2 -c:s mov_text -movflags frag_keyframe+empty_moov+default_base_moof")...)},
		{"camcorder.mp4", "", append(h264[:len(h264):len(h264)], "-bsf:v", "filter_units=remove_types=6,h264_metadata=sei_user_data=17ee8c60-f84d-11d9-8cd6-0800200c9a66+MDPM\x03\xb1N\x01\x01\x01\xb5W\x01\x01\x01\xe0\x01\x08\x01\x01")},
		{"measured.first.mp4", "-i measured.mp4", append(h264[:len(h264):len(h264)], strings.Fields("-map 0 -map 1 -map 2:d -c:d copy -movflags +faststart")...)},
		{"measured.last.mp4", "-i measured.mp4", append(h264[:len(h264):len(h264)], strings.Fields("-map 0 -map 1 -map 2:d -c:d copy")...)},
	}
	var paths []string
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			arguments := strings.Fields("-v fatal -y " + source + " " + test.inputs)
			arguments = append(append(append(arguments, test.arguments...), place...), test.name)
			run(t, directory, "ffmpeg", arguments...)
			from, to := filepath.Join(directory, test.name), filepath.Join(directory, "clean."+test.name)
			clean(t, from, to)
			paths = append(paths, from, to)
			was, is := decoded(t, from), decoded(t, to)
			if was != is || strings.Count(was, "\n") < 30 {
				t.Errorf("other frames: %d bytes of sums became %d", len(was), len(is))
			}
			if strings.HasPrefix(test.name, "camcorder") && (!holds(t, from, "MDPM") || holds(t, to, "MDPM")) {
				t.Error("user data in coded pictures")
			}
			if strings.HasPrefix(test.name, "turned") && !strings.Contains(is, "120x160") {
				t.Errorf("it isn't turned any more: %s", is[:min(len(is), 300)])
			}
			if strings.HasPrefix(test.name, "text") {
				if words := string(run(t, directory, "ffmpeg", "-v", "error", "-i", to, "-map", "0:s", "-f", "srt", "-")); strings.Contains(words, "52.5") || !strings.Contains(words, "A word that stays") {
					t.Errorf("subtitles: %q", words)
				}
			}
		})
	}
	found := report(t, paths)
	for i := 0; i < len(paths); i += 2 {
		name := filepath.Base(paths[i])
		planted := []string{"52.5", "canary"}
		if strings.HasPrefix(name, "measured") {
			planted = []string{"gpslatitude"}
		}
		if told(found[paths[i]], planted...) == nil {
			t.Errorf("%s: nothing was planted", name)
		}
		for _, tag := range told(found[paths[i+1]], "gps", "52.5", "13.3", "canary", "location", "warning", "error") {
			t.Errorf("%s: %s = %v", name, tag, found[paths[i+1]][tag])
		}
	}
}

// TestPicturesDecode wants pictures of independent encoders to decode as before.
func TestPicturesDecode(t *testing.T) {
	prove(t)
	directory := t.TempDir()
	run(t, directory, "ffmpeg", strings.Fields("-v error -f lavfi -i testsrc=size=161x119 -frames:v 1 plain.png")...)
	run(t, directory, "exiftool", strings.Fields("-q -GPSLatitude=52.5162 -GPSLatitudeRef=N -SerialNumber=CANARY -Orientation#=6 plain.png -o told.png")...)
	tests := map[string][]string{
		"photo.jpg":      strings.Fields("ffmpeg -v error -i plain.png -q:v 2 photo.jpg"),
		"photo.png":      strings.Fields("ffmpeg -v error -i plain.png photo.png"),
		"moving.apng":    strings.Fields("ffmpeg -v error -f lavfi -i testsrc=size=64x48:duration=1:rate=5 moving.apng"),
		"photo.webp":     strings.Fields("ffmpeg -v error -i plain.png photo.webp"),
		"lossless.webp":  strings.Fields("ffmpeg -v error -i plain.png -lossless 1 lossless.webp"),
		"photo.gif":      strings.Fields("ffmpeg -v error -i plain.png photo.gif"),
		"moving.gif":     strings.Fields("ffmpeg -v error -f lavfi -i testsrc=size=64x48:duration=1:rate=5 moving.gif"),
		"plain.tif":      strings.Fields("ffmpeg -v error -i plain.png -compression_algo raw plain.tif"),
		"deflate.tif":    strings.Fields("ffmpeg -v error -i plain.png -compression_algo deflate deflate.tif"),
		"photo.heic":     strings.Fields("heif-enc told.png -o photo.heic"),
		"thumbnail.heic": strings.Fields("heif-enc -t 32 told.png -o thumbnail.heic"),
		"photo.avif":     strings.Fields("heif-enc -A told.png -o photo.avif"),
		"moving.avif":    strings.Fields("ffmpeg -v error -f lavfi -i testsrc=size=64x48:duration=1:rate=5 -c:v libaom-av1 -cpu-used 8 -f avif moving.avif"),
		"photo.jxl":      strings.Fields("ffmpeg -v error -i plain.png photo.jxl"),
		"photo.jp2":      strings.Fields("ffmpeg -v error -i plain.png photo.jp2"),
	}
	var paths []string
	for name, command := range tests {
		t.Run(name, func(t *testing.T) {
			c := exec.Command(command[0], command[1:]...)
			c.Dir = directory
			if out, err := c.CombinedOutput(); err != nil {
				t.Fatalf("%q: %v\n%s", command, err, out)
			}
			from, to := filepath.Join(directory, name), filepath.Join(directory, "clean."+name)
			plant := strings.Fields("-GPSLatitude=52.5162 -GPSLatitudeRef=N -GPSLongitude=13.3777 -GPSLongitudeRef=E -SerialNumber=CANARY -XMP:City=CANARY -IFD0:Orientation#=6")
			if filepath.Ext(name) == ".apng" { // ffmpeg plays none that exiftool wrote
				if err := os.WriteFile(from, withChunks(readFile(t, from), pngChunk("tEXt", "Comment\x00"+canary)), 0o600); err != nil {
					t.Fatal(err)
				}
			} else {
				exiftool(t, slices.Concat([]string{"-q", "-q", "-m", "-overwrite_original"}, plant, []string{from})...)
			}
			clean(t, from, to)
			paths = append(paths, from, to)
			if was, is := decoded(t, from), decoded(t, to); was != is {
				t.Errorf("other pixels:\n%s%s", was, is)
			}
		})
	}
	found := report(t, paths)
	for i := 0; i < len(paths); i += 2 {
		if told(found[paths[i]], "52.5", "canary") == nil {
			t.Errorf("%s: nothing was planted", filepath.Base(paths[i]))
		}
		for _, tag := range told(found[paths[i+1]], "gps", "52.5", "13.3", "canary", "warning", "error") {
			t.Errorf("%s: %s = %v", filepath.Base(paths[i]), tag, found[paths[i+1]][tag])
		}
		for name, value := range found[paths[i]] {
			if strings.HasSuffix(name, ":Orientation") && found[paths[i+1]][name] != value {
				t.Errorf("%s: %s is %v", filepath.Base(paths[i]), name, found[paths[i+1]][name])
			}
		}
	}
}
