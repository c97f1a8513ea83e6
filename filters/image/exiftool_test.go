package image

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fairwaygate/fairway/filters/consent"
)

// exiftool runs the program on files.
func exiftool(t *testing.T, arguments ...string) []byte {
	t.Helper()
	if _, err := exec.LookPath("exiftool"); err != nil {
		if os.Getenv("FAIRWAY_TEST_ALL") != "" {
			t.Fatal("exiftool is missing: install libimage-exiftool-perl")
		}
		t.Skip("exiftool is missing")
	}
	var stderr bytes.Buffer
	c := exec.Command("exiftool", arguments...)
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("exiftool: %v\n%s", err, stderr.Bytes())
	}
	return out
}

// bases are files without metadata, one a format.
func bases(t testing.TB) map[string][]byte {
	return map[string][]byte{
		"photo.jpg":   jpegFile(t),
		"photo.png":   pngFile(t),
		"photo.gif":   gifFile(t),
		"photo.webp":  riff(riffChunk("VP8L", vp8l)),
		"photo.heic":  heifFile("heic", true, item{kind: "hvc1", data: codedBytes(2000)}),
		"behind.heic": heifFile("heic", false, item{kind: "hvc1", data: codedBytes(2000)}),
		"photo.avif":  heifFile("avif", true, item{kind: "av01", data: codedBytes(2000)}),
		"little.tif":  tiffPicture(binary.LittleEndian),
		"big.tif":     tiffPicture(binary.BigEndian),
		"film.mp4":    filmFile("mp42", true),
		"behind.mp4":  filmFile("mp42", false),
		"film.mov":    filmFile("qt  ", false),
	}
}

// planted are values that must not come out, each recognisable.
var planted = []string{
	"-EXIF:GPSLatitude=52.5162", "-EXIF:GPSLatitudeRef=N", "-EXIF:GPSLongitude=13.3777", "-EXIF:GPSLongitudeRef=E",
	"-GPSAltitude=77.25", "-GPSAreaInformation=Canarygate",
	"-XMP:GPSLatitude=52.5162", "-XMP:GPSLongitude=13.3777", "-XMP:City=Canaryville", "-XMP:Location=Canarygate",
	"-XMP:LocationShownCity=Canarytown", "-XMP:Creator=CanaryCreator", "-XMP:SerialNumber=CANARY4",
	"-IPTC:City=Canaryville", "-IPTC:Sub-location=Canarygate", "-IPTC:By-line=CanaryBy",
	"-Keys:GPSCoordinates=52.5162 13.3777 77", "-ItemList:GPSCoordinates=52.5162 13.3777 77",
	"-UserData:GPSCoordinates=52.5162 13.3777 77", "-UserData:LocationInformation=Canaryloci lat=52.5 lon=13.3",
	"-Keys:Make=CanaryMake", "-Keys:Model=CanaryModel", "-Keys:Software=CanarySoft", "-Keys:Author=CanaryAuthor",
	"-SerialNumber=CANARY123", "-LensSerialNumber=CANARY9", "-ImageUniqueID=ca4a4171ca4a4171ca4a4171ca4a4171",
	"-OwnerName=Canary Owner", "-Artist=Canary Artist", "-Copyright=CanaryCopyright", "-XPAuthor=CanaryXP",
	"-Make=CanaryMake", "-Model=CanaryModel", "-LensModel=CanaryLens", "-Software=CanarySoft",
	"-Comment=CanaryComment", "-UserComment=CanaryUser", "-ImageDescription=CanaryDescription",
}

// harmlessTags stay.
var harmlessTags = []string{"-IFD0:Orientation#=6", "-ExposureTime=1/125", "-DateTimeOriginal=2026:01:02 03:04:05"}

// photographed returns files as a camera or a program could have made them.
func photographed(t *testing.T) (directory string, names []string) {
	t.Helper()
	directory = t.TempDir()
	var paths []string
	for name, b := range bases(t) {
		names = append(names, name)
		path := filepath.Join(directory, name)
		paths = append(paths, path)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(names)
	exiftool(t, slices.Concat([]string{"-q", "-q", "-m", "-overwrite_original"}, planted, harmlessTags, paths)...)
	return directory, names
}

// report lists what exiftool finds in files, also in embedded and unknown parts.
func report(t *testing.T, paths []string) map[string]map[string]any {
	t.Helper()
	out := exiftool(t, slices.Concat([]string{"-q", "-m", "-j", "-a", "-u", "-ee", "-G1", "-n"}, paths)...)
	var list []map[string]any
	if err := json.Unmarshal(out, &list); err != nil {
		t.Fatal(err)
	}
	found := map[string]map[string]any{}
	for _, tags := range list {
		found[tags["SourceFile"].(string)] = tags
	}
	return found
}

// told lists the tags whose name or value contains one of the words.
func told(tags map[string]any, words ...string) []string {
	var told []string
	for name, value := range tags {
		if name == "SourceFile" || strings.HasPrefix(name, "System:") {
			continue
		}
		line := strings.ToLower(name + "=" + fmt.Sprint(value))
		if slices.ContainsFunc(words, func(word string) bool { return strings.Contains(line, word) }) {
			told = append(told, name)
		}
	}
	slices.Sort(told)
	return told
}

func TestExiftool(t *testing.T) {
	tests := []struct {
		name       string
		o          *Options
		gone, stay []string
	}{
		{
			name: "nothing granted",
			gone: []string{"canary", "gps", "52.5", "13.3", "77.25", "ca4a4171", "warning", "error"},
			stay: []string{"filetype"},
		},
		{
			name: "location",
			o:    grant(consent.Location),
			gone: []string{"canary123", "canary9", "canary4", "canary owner", "canary artist", "canarycreator", "canaryby", "canaryuser", "canarycopyright", "canaryauthor", "canarymake", "ca4a4171"},
			stay: []string{"52.5"},
		},
		{
			name: "device",
			o:    grant(consent.Device),
			gone: []string{"canaryville", "canarygate", "canarytown", "canaryloci", "gps", "52.5", "13.3", "77.25", "canaryuser", "canarydescription"},
			stay: []string{"canary"},
		},
	}
	directory, names := photographed(t)
	var paths []string
	for _, name := range names {
		path := filepath.Join(directory, name)
		paths = append(paths, path)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, test := range tests {
			out, err := filter(b, test.o)
			if err != nil {
				t.Errorf("%s, %s: %v", name, test.name, err)
			}
			if at := bytes.Index(bytes.ToLower(out), []byte("canary")); at >= 0 && test.o == nil {
				t.Errorf("%s: a planted text at byte %d", name, at)
			}
			if !samePicture(t, name, b, out) {
				t.Errorf("%s, %s: not the same picture", name, test.name)
			}
			path := filepath.Join(directory, test.name, name)
			paths = append(paths, path)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, out, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	found := report(t, paths)
	for _, name := range names {
		was := found[filepath.Join(directory, name)]
		if n := len(told(was, tests[0].gone...)); n < 8 {
			t.Errorf("%s: only %d values were planted", name, n)
		}
		for _, test := range tests {
			is := found[filepath.Join(directory, test.name, name)]
			for _, tag := range told(is, test.gone...) {
				t.Errorf("%s, %s: %s = %v", name, test.name, tag, is[tag])
			}
			// XMP in GIF is taken out as a whole, and it is all that GIF has.
			if len(told(is, test.stay...)) == 0 && name != "photo.gif" {
				t.Errorf("%s, %s: nothing of it stayed: %v", name, test.name, is)
			}
			for _, tag := range []string{"IFD0:Orientation", "ExifIFD:ExposureTime", "ExifIFD:DateTimeOriginal"} {
				if value, had := was[tag]; had && fmt.Sprint(is[tag]) != fmt.Sprint(value) {
					t.Errorf("%s, %s: %s was %v and is %v", name, test.name, tag, value, is[tag])
				}
			}
		}
	}
}
