package thumbnail

import (
	"bytes"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"
)

const (
	maxSide   = 160        // of a thumbnail
	maxPixels = 40_000_000 // of what it is made of
	maxLength = 1<<16 - 1  // of one side of that: no JPEG or GIF is longer
	quality   = 75

	// MediaType is that of all thumbnails.
	MediaType = "image/jpeg"
)

// A Picture is a JPEG of at most 160 pixels on its longer side, without any
// metadata.
type Picture struct {
	JPEG          []byte
	Width, Height int
}

// The reasons for which bytes are no picture.
const (
	errNoPicture = refused("answer is no JPEG, PNG, GIF or WebP")
	errBroken    = refused("picture is cut or broken")
)

// formats are the kinds of pictures that we read, by what they begin with: what
// the program's other parts can decode does not matter here. Of a GIF that
// moves the first picture is taken.
var formats = []struct {
	magic  string // ? stands for any byte
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}{
	{"\xff\xd8", jpeg.DecodeConfig, jpeg.Decode},
	{"\x89PNG\r\n\x1a\n", png.DecodeConfig, png.Decode},
	{"GIF8?a", gif.DecodeConfig, gif.Decode},
	{"RIFF????WEBPVP8", webp.DecodeConfig, webp.Decode},
}

// shrink makes a thumbnail of a picture. The size that the picture says it has
// is looked at first: a few kilobytes may claim to be gigabytes.
func shrink(body []byte) (p Picture, err error) {
	defer func() { // the decoders read the whole world's bytes
		if recover() != nil {
			p, err = Picture{}, errBroken
		}
	}()
	for _, format := range formats {
		if !begins(body, format.magic) {
			continue
		}
		size, err := format.config(bytes.NewReader(body))
		if err != nil || size.Width <= 0 || size.Height <= 0 {
			return Picture{}, errBroken
		}
		if size.Width > maxLength || size.Height > maxLength || size.Width*size.Height > maxPixels {
			return Picture{}, refused(fmt.Sprintf("picture of %d×%d is larger than 40 megapixels", size.Width, size.Height))
		}
		img, err := format.decode(bytes.NewReader(body))
		if err != nil || img.Bounds().Empty() {
			return Picture{}, errBroken
		}
		return scale(img)
	}
	return Picture{}, errNoPicture
}

func begins(body []byte, magic string) bool {
	if len(body) < len(magic) {
		return false
	}
	for i := range len(magic) {
		if magic[i] != '?' && magic[i] != body[i] {
			return false
		}
	}
	return true
}

// scale draws the picture, on white where it is see-through.
func scale(img image.Image) (Picture, error) {
	w, h := fit(img.Bounds().Dx(), img.Bounds().Dy())
	small := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(small, small.Bounds(), image.White, image.Point{}, draw.Src)
	draw.CatmullRom.Scale(small, small.Bounds(), img, img.Bounds(), draw.Over, nil)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, small, &jpeg.Options{Quality: quality}); err != nil {
		return Picture{}, err
	}
	return Picture{JPEG: b.Bytes(), Width: w, Height: h}, nil
}

// fit returns the size of the thumbnail. What is small already stays as it is.
func fit(w, h int) (int, int) {
	longer := max(w, h)
	if longer <= maxSide {
		return w, h
	}
	return max(1, (w*maxSide+longer/2)/longer), max(1, (h*maxSide+longer/2)/longer)
}
