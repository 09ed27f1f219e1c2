package instagram

import (
	"strconv"
	"testing"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// Only the newest 10 000 media can be read, however many there are.
func TestNewestMedia(t *testing.T) {
	a := &account{Account: sandbox.Account{Handle: "many"}}
	for i := range newestMedia + 500 {
		a.posts = append(a.posts, &post{account: a, index: i, code: string(sandbox.AppendInt(nil, int64(i))), published: int64(i)})
	}
	c := &call{at: 1 << 40, faults: new(faultState)}
	q := pageQuery{limit: maxLimit, until: 1 << 62}
	read := 0
	for {
		pg, err := c.page(a, q)
		if err != nil {
			t.Fatal(err)
		}
		read += len(pg.posts)
		if !pg.older {
			if got := pg.posts[len(pg.posts)-1].index; got != 500 {
				t.Errorf("oldest post that can be read: got number %d, want 500", got)
			}
			break
		}
		q.after = pg.last
	}
	if read != newestMedia {
		t.Errorf("media read: got %d, want %d", read, newestMedia)
	}
}

// A post's older number is spelt by its short code.
func TestIDs(t *testing.T) {
	for code, want := range map[string]string{"CSr71Gzlqo4": "2642468740567312952", "BA": "64", "": "0", "not a code": "", "C1jIerCuEl_C1jIerCuEl_": ""} {
		if got := igID(code); got != want {
			t.Errorf("igID(%q): got %q, want %q", code, got, want)
		}
	}
	for n := range uint64(1000) {
		if id := sandbox.HashOf(n, "x").Digits(n, "17", 17); len(id) != 17 || id[:2] != "17" {
			t.Fatalf("Digits: got %q", id)
		}
	}
}

// The platform writes into a short code when it was made. The data's times
// agree with it, so they are in UTC and no caption stands beside another's
// link.
func TestTimesAgreeWithShortCodes(t *testing.T) {
	w, err := Load(WorldOptions{})
	if err != nil {
		t.Fatal(err)
	}
	posts, far := 0, 0
	for _, a := range w.accounts {
		for _, p := range a.posts {
			number, err := strconv.ParseUint(igID(p.code), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			made := int64(number>>23+1314220021721) / 1000
			posts++
			if after := p.published - made; after < -60 || after > 3600 {
				far++
			}
		}
	}
	if far*100 > posts {
		t.Errorf("%d of %d posts were published at another time than their short codes say", far, posts)
	}
}
