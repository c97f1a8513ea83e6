package image

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Tags that must not be left, by their group and name, and those that are called like
// them or hold texts but describe the picture.
var (
	telling    = regexp.MustCompile(`(?i)^(XMP|IPTC|Photoshop|GPS|MakerNotes|GeoTiff|CanonVRD|Microsoft)|gps|l(at|ong)itude|location|city|country|state|serial|owner|artist|author|creator|copyright|credit|by-?line|comment|caption|title|description|keyword|unique|uuid|make$|model|software|host|person|address|phone|email|contact|subject$`)
	notTelling = regexp.MustCompile(`^(ExifIFD:ISOSpeedLatitude(yyy|zzz)|UserData:WindowLocation|ExifIFD:SubjectArea|IFD0:MakerNoteSafety|(QuickTime|Track\d+|Meta|UserData|Keys|ItemList):Handler\w+|System:.*|File:[^C].*|ExifTool:.*|Jpeg2000:.*|PNG:CreationTime|IFD0:(GDALNoData|(Camera|Profile)CalibrationSig|(AsShot)?ProfileName|PreviewSettingsName|EnhanceParams|IlluminantData\d|RGBTables))$`) // names by which a raw file is developed
)

// TestEveryTag plants every tag that exiftool can write, in every format, and looks at
// what is left.
func TestEveryTag(t *testing.T) {
	prove(t)
	directory := t.TempDir()
	texts, numbers := filepath.Join(directory, "texts"), filepath.Join(directory, "numbers")
	var asText, asNumber bytes.Buffer
	tags := 0
	for _, group := range strings.Fields("EXIF XMP IPTC QuickTime ItemList UserData Keys PNG GIF Photoshop MPF JFIF CanonVRD PhotoMechanic Jpeg2000 GeoTiff MakerNotes Microsoft") {
		for _, line := range strings.Split(string(exiftool(t, "-listw", "-"+group+":all")), "\n") {
			if !strings.HasPrefix(line, " ") {
				continue
			}
			for _, tag := range strings.Fields(line) {
				tags++
				fmt.Fprintf(&asText, "-%s:%s=Canary 52.5162\n", group, tag)
				fmt.Fprintf(&asNumber, "-%s:%s#=52.5162\n", group, tag)
			}
		}
	}
	if tags < 3000 {
		t.Fatalf("exiftool writes only %d tags", tags)
	}
	for path, b := range map[string]*bytes.Buffer{texts: &asText, numbers: &asNumber} {
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var names, from, paths []string
	for name, b := range bases(t) {
		if strings.HasPrefix(name, "behind") || strings.HasPrefix(name, "big") { // as the other
			continue
		}
		names, from = append(names, name), append(from, filepath.Join(directory, name))
		if err := os.WriteFile(filepath.Join(directory, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	quietly := []string{"-q", "-q", "-m", "-overwrite_original", "-@"}
	exiftool(t, slices.Concat(quietly, []string{texts}, from)...)
	exiftool(t, slices.Concat(quietly, []string{numbers, "-wm", "cg"}, from)...) // where no text may be
	for i, name := range names {
		to := filepath.Join(directory, "clean."+name)
		clean(t, from[i], to)
		if !samePicture(t, name, readFile(t, from[i]), readFile(t, to)) {
			t.Errorf("%s: not the same picture", name)
		}
		paths = append(paths, from[i], to)
	}
	found := report(t, paths)
	for i := 0; i < len(paths); i += 2 {
		name := filepath.Base(paths[i])
		if had := told(found[paths[i]], "52.5"); len(had) < 5 {
			t.Errorf("%s: only %q were planted", name, had)
		}
		for tag, value := range found[paths[i+1]] {
			if tag == "SourceFile" || notTelling.MatchString(tag) {
				continue
			}
			if telling.MatchString(tag) || strings.Contains(fmt.Sprint(value), "Canary") {
				t.Errorf("%s: %s = %v", name, tag, value)
			}
		}
	}
}
