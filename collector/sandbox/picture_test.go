package sandbox

import (
	"bytes"
	"image"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A picture depends on its words alone, and stands at the address that the
// platforms' answers name.
func TestPictures(t *testing.T) {
	mux := http.NewServeMux()
	mux.Handle("/pictures/", Pictures())
	mux.HandleFunc("/url", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, PictureURL(r, "tiktok", "1")) })
	mux.HandleFunc("/here", func(w http.ResponseWriter, r *http.Request) {
		r.Host = "radio.sandbox.example"
		io.WriteString(w, PictureURLHere(r, "tiktok", "2"))
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	get := func(address string, status int) []byte {
		t.Helper()
		resp, err := http.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != status {
			t.Fatalf("GET %s: status %d, error %v", address, resp.StatusCode, err)
		}
		return b
	}
	one, two := string(get(server.URL+"/url", 200)), string(get(server.URL+"/here", 200))
	if !strings.HasPrefix(one, server.URL+"/pictures/") || !strings.HasPrefix(two, server.URL+"/pictures/") || one == two {
		t.Fatalf("addresses of pictures: %s and %s, of a server at %s", one, two, server.URL)
	}
	first, again, other := get(one, 200), get(one, 200), get(two, 200)
	if !bytes.Equal(first, again) || bytes.Equal(first, other) {
		t.Error("the same address gives another picture, or another address the same")
	}
	if img, kind, err := image.Decode(bytes.NewReader(first)); err != nil || kind != "jpeg" || img.Bounds().Dx() != pictureWidth || len(first) > 20_000 {
		t.Errorf("picture: %s of %d bytes, error %v", kind, len(first), err)
	}
	for _, path := range []string{"/pictures/", "/pictures/x.jpg", "/pictures/1f.png", "/pictures/11111111111111111.jpg"} {
		get(server.URL+path, 404)
	}
}
