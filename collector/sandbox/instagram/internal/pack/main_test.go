package main

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRead(t *testing.T) {
	const text = `Date,Message,Profile,Network,"Reactions, Comments & Shares",Likes per post,Comments per post,Message-ID,Profile-ID,Link
45291.99999,before,New,INSTAGRAM,0,1,1,1.8e+16,77,https://www.instagram.com/p/AAAAAAAAAAA/
45300.5,"second, ""quoted""

line",New,INSTAGRAM,12,10,2,1.8e+16,77,https://www.instagram.com/p/BBBBBBBBBBB/?img_index=1
45292.00001157407,first,Old,INSTAGRAM,-149,0,-149,1.8e+16,77,https://www.instagram.com/reel/CCCCCCCCCCC/
45301,again,New,INSTAGRAM,1,1,0,1.8e+16,77,https://www.instagram.com/p/BBBBBBBBBBB/?img_index=2
45302,,New,INSTAGRAM,1,1,0,1.8e+16,77,https://www.instagram.com/tv/DDDDDDDDDDD/
45658,after,New,INSTAGRAM,0,1,1,1.8e+16,77,https://www.instagram.com/p/EEEEEEEEEEE/
`
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	z.Write([]byte(text))
	z.Close()
	path := filepath.Join(t.TempDir(), "posts.csv.gz")
	if err := os.WriteFile(path, zipped.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}

	n := func(v int64) *int64 { return &v }
	a, posts, repeated, err := read(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := (account{ProfileID: "77", Name: "New", Posts: 3}); a != want || repeated != 1 {
		t.Errorf("read: got account %+v and %d repeated, want %+v and 1", a, repeated, want)
	}
	want := []post{
		{Code: "CCCCCCCCCCC", Kind: "reel", At: 1704067201, Profile: "Old", Caption: "first"},
		{Code: "BBBBBBBBBBB", Kind: "p", At: 1704801600, Likes: n(10), Comments: n(2), Caption: "second, \"quoted\"\n\nline"},
		{Code: "DDDDDDDDDDD", Kind: "tv", At: 1704931200, Likes: n(1), Comments: n(0)},
	}
	if diff := cmp.Diff(want, posts); diff != "" {
		t.Errorf("read:\n%s", diff)
	}
}

func TestShortCodeErrors(t *testing.T) {
	for _, link := range []string{"", "https://www.instagram.com/", "https://www.instagram.com/p/", "%"} {
		if _, _, err := shortCode(link); err == nil {
			t.Errorf("shortCode(%q): no error", link)
		}
	}
}
