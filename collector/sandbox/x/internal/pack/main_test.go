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
	path := zipped(t, `date,username,replies,retweets,favorites,text,hashtags,id,permalink
2020-06-12 21:45:03,Health,79,170,300,"wash &amp; dry, ""often""",,1271559161583714305,https://twitter.com/Health/status/1271559161583714305
2020-06-12 21:00:00,Health,0,1,2,first,,1271547824400990211,https://twitter.com/Health/status/1271547824400990211
`)
	a, posts, err := read(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := (account{Handle: "Health", Posts: 2}); a != want {
		t.Errorf("read: got account %+v, want %+v", a, want)
	}
	want := []post{
		{ID: "1271547824400990211", At: 1591995600, Likes: 2, Retweets: 1, Replies: 0, Text: "first"},
		{ID: "1271559161583714305", At: 1591998303, Likes: 300, Retweets: 170, Replies: 79, Text: `wash & dry, "often"`},
	}
	if diff := cmp.Diff(want, posts); diff != "" {
		t.Errorf("read:\n%s", diff)
	}
}

func TestReadErrors(t *testing.T) {
	const head = "date,username,replies,retweets,favorites,text,id\n"
	for name, rows := range map[string]string{
		"id of another time": "2020-06-12 21:45:04,Health,79,170,300,x,1271559161583714305\n",
		"two accounts":       "2020-06-12 21:45:03,Health,79,170,300,x,1271559161583714305\n2020-06-12 21:00:00,Other,0,1,2,y,1271547824400990211\n",
		"oldest first":       "2020-06-12 21:00:00,Health,0,1,2,y,1271547824400990211\n2020-06-12 21:45:03,Health,79,170,300,x,1271559161583714305\n",
		"no number":          "2020-06-12 21:45:03,Health,,170,300,x,1271559161583714305\n",
	} {
		if _, _, err := read(zipped(t, head+rows)); err == nil {
			t.Errorf("read of %s: no error", name)
		}
	}
}

func zipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(text))
	z.Close()
	path := filepath.Join(t.TempDir(), "cdc.csv.gz")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
