package sandbox

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// The size of a picture: wider than high, as covers of videos are.
const (
	pictureWidth  = 320
	pictureHeight = 180
	pictureTile   = 20
)

const picturePath = "/pictures/"

// Pictures answers GET /pictures/{hash}.jpg with a small picture whose colours
// come from the hash alone, so that every answer may name pictures and nothing
// has to be kept. It stands beside the platforms' servers, at their address:
// see PictureURL.
func Pictures() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, ok := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, picturePath), ".jpg")
		h, err := strconv.ParseUint(name, 16, 64)
		if !ok || err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "image/jpeg")
		w.Write(picture(Hash(h)))
	})
}

// PictureURL returns the address of the picture of the words, such as a
// platform and an id, at the address that the request came to.
func PictureURL(r *http.Request, words ...string) string {
	return "http://" + r.Host + picturePathOf(words)
}

// PictureURLHere is PictureURL for requests whose host is a made-up one: it
// names the address at which the connection ended.
func PictureURLHere(r *http.Request, words ...string) string {
	host := r.Host
	if at, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		host = at.String()
	}
	return "http://" + host + picturePathOf(words)
}

func picturePathOf(words []string) string {
	return picturePath + strconv.FormatUint(uint64(HashOf(0, words...)), 16) + ".jpg"
}

// picture draws tiles between two colours.
func picture(h Hash) []byte {
	shade := func(n uint64) color.RGBA {
		d := h.Draw(n)
		return color.RGBA{uint8(d), uint8(d >> 8), uint8(d >> 16), 255}
	}
	from, to := shade(0), shade(1)
	img := image.NewRGBA(image.Rect(0, 0, pictureWidth, pictureHeight))
	for y := range pictureHeight {
		for x := range pictureWidth {
			tile := uint64(y/pictureTile*(pictureWidth/pictureTile) + x/pictureTile)
			part := h.Unit(2 + tile)
			mix := func(a, b uint8) uint8 { return uint8(float64(a)*(1-part) + float64(b)*part) }
			img.SetRGBA(x, y, color.RGBA{mix(from.R, to.R), mix(from.G, to.G), mix(from.B, to.B), 255})
		}
	}
	var b bytes.Buffer
	jpeg.Encode(&b, img, &jpeg.Options{Quality: 70}) // a Buffer takes everything
	return b.Bytes()
}
