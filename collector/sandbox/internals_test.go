package sandbox

import (
	"encoding/json"
	"strconv"
	"testing"
	"time"
	_ "time/tzdata"
)

// Days of California agree with the zone database, on every hour of ten years.
func TestPacificDays(t *testing.T) {
	zone, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		t.Fatal(err)
	}
	for at := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() < 2030; at = at.Add(time.Hour) {
		local := at.In(zone)
		if _, offset := local.Zone(); pacificOffset(at.Unix()) != int64(offset) {
			t.Fatalf("pacificOffset(%s): got %d, want %d", at, pacificOffset(at.Unix()), offset)
		}
		begin := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, zone)
		if got := pacificMidnight(at.Unix()); got != begin.Unix() {
			t.Fatalf("pacificMidnight(%s): got %s, want %s", at, time.Unix(got, 0).UTC(), begin.UTC())
		}
		end := time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, zone)
		if got := nextPacificMidnight(at.Unix()); got != end.Unix() {
			t.Fatalf("nextPacificMidnight(%s): got %s, want %s", at, time.Unix(got, 0).UTC(), end.UTC())
		}
	}
}

// Only the newest 10 000 media can be read, however many there are.
func TestNewestMedia(t *testing.T) {
	a := &account{Account: Account{Handle: "many"}}
	for i := range newestMedia + 500 {
		a.posts = append(a.posts, &post{account: a, index: i, code: string(appendInt(nil, int64(i))), published: int64(i)})
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

// What appendString writes is what encoding/json reads.
func FuzzAppendString(f *testing.F) {
	for _, seed := range []string{"", "plain", "\"\\/\b\f\n\r\t\x00\x1f\x7f", "é ✅ 🇵🇰 اردو", "\xff\xfe", "\u2028"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want, _ := json.Marshal(s)
		var got, wanted string
		if err := json.Unmarshal(appendString(nil, s), &got); err != nil {
			t.Fatalf("appendString(%q): %v", s, err)
		}
		if err := json.Unmarshal(want, &wanted); err != nil || got != wanted {
			t.Fatalf("appendString(%q): read back as %q, want %q", s, got, wanted)
		}
	})
}

// A post's older number is spelt by its short code.
func TestIDs(t *testing.T) {
	for code, want := range map[string]string{"CSr71Gzlqo4": "2642468740567312952", "BA": "64", "": "0", "not a code": "", "C1jIerCuEl_C1jIerCuEl_": ""} {
		if got := igID(code); got != want {
			t.Errorf("igID(%q): got %q, want %q", code, got, want)
		}
	}
	for n := range uint64(1000) {
		if id := hashOf(n, "x").id17("17", n); len(id) != 17 || id[:2] != "17" {
			t.Fatalf("id17: got %q", id)
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
