package image_test

import (
	"bytes"
	"fmt"
	"io"

	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/filters/image"
)

func ExampleNewReader() {
	upload := []byte("\xff\xd8" + // a JPEG begins
		"\xff\xfe\x00\x11taken at home.\n" + // a comment
		"\xff\xda\x00\x02 coded picture \xff\xd9" +
		"a film of the moment") // behind the end

	clean := image.NewReader(bytes.NewReader(upload), "image/jpeg", &image.Options{
		Granted: consent.Of(consent.Necessary, consent.Photos),
		Found:   func(k image.Kind) { fmt.Println("took", k) },
	})
	b, err := io.ReadAll(clean)
	fmt.Printf("%q %v\n", b, err)
	// Output:
	// took text
	// took trailer
	// "\xff\xd8\xff\xda\x00\x02 coded picture \xff\xd9" <nil>
}
