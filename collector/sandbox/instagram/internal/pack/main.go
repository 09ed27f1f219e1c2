// Command pack makes the data file of the sandbox out of the published
// exports of the Brazilian state governments' Instagram accounts:
//
//	go run ./collector/sandbox/instagram/internal/pack FOLDER
//
// FOLDER holds posts/, one gzipped CSV file per account. The same folder
// always gives the same file, byte for byte. What is changed on the way is
// told in data/SOURCE.md.
package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// out is where the packed file is kept, from the root of the module.
const out = "collector/sandbox/instagram/data/instagram-brazil-states.jsonl.zst"

// The window: Excel day numbers, half-open. 45292 is 2024-01-01.
const (
	firstDay  = 45292
	afterDay  = 45658
	epochDay  = 25569 // 1970-01-01
	daySecond = 86400
)

// states names each file's account, as the permalinks and the platform write
// it, and its state.
var states = []struct{ file, handle, state string }{
	{"governo.acre_2024", "governo.acre", "Acre"},
	{"governo_do_amazonas_2024", "governo_do_amazonas", "Amazonas"},
	{"governo_Es_2024", "governo_es", "Espírito Santo"},
	{"governoamapa_2024", "governoamapa", "Amapá"},
	{"governodealagoas_2024", "governodealagoas", "Alagoas"},
	{"governodopiaui_2024", "governodopiaui", "Piauí"},
	{"governodorn_2024", "governodorn", "Rio Grande do Norte"},
	{"governodotocantins_2024", "governodotocantins", "Tocantins"},
	{"governogoias_2024", "governogoias", "Goiás"},
	{"governoma_2024", "governoma", "Maranhão"},
	{"governoms_2024", "governoms", "Mato Grosso do Sul"},
	{"governoparana_2024", "governoparana", "Paraná"},
	{"governope_2024", "governope", "Pernambuco"},
	{"governoro_2024", "governoro", "Rondônia"},
	{"GovernoSC_2024", "governosc", "Santa Catarina"},
	{"governosergipe_2024", "governosergipe", "Sergipe"},
	{"governoSP_2021-2024", "governosp", "São Paulo"},
	{"govmatogrosso_2024", "govmatogrosso", "Mato Grosso"},
	{"govparaiba_2021-2024", "govparaiba", "Paraíba"},
	{"govroraima_2021-2024", "govroraima", "Roraima"},
}

// account is the line that stands before the posts of an account.
type account struct {
	Handle    string `json:"account"`
	State     string `json:"state"`
	ProfileID string `json:"profile_id"`
	Name      string `json:"name"` // of the newest post
	Posts     int    `json:"posts"`
}

// post is one line of the packed file. Profile is set where it differs from
// the account's name.
type post struct {
	Code     string `json:"code"`
	Kind     string `json:"kind"` // the part of the link before the short code: p, reel, tv
	At       int64  `json:"at"`
	Likes    *int64 `json:"likes,omitempty"`
	Comments *int64 `json:"comments,omitempty"`
	Profile  string `json:"profile,omitempty"`
	Caption  string `json:"caption"`
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: pack FOLDER")
		os.Exit(2)
	}
	if err := run(os.Args[1], out, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

func run(folder, out string, log io.Writer) error {
	var lines bytes.Buffer
	enc := json.NewEncoder(&lines)
	enc.SetEscapeHTML(false)
	for _, s := range states {
		a, posts, repeated, err := read(filepath.Join(folder, "posts", s.file+".csv.gz"))
		if err != nil {
			return fmt.Errorf("read %s: %w", s.file, err)
		}
		a.Handle, a.State = s.handle, s.state
		if err := enc.Encode(a); err != nil {
			return err
		}
		for _, p := range posts {
			if err := enc.Encode(p); err != nil {
				return err
			}
		}
		fmt.Fprintf(log, "%-20s %5d posts, %d repeated short codes left out\n", a.Handle, a.Posts, repeated)
	}
	packed, err := sandbox.Pack(lines.Bytes())
	if err != nil {
		return err
	}
	fmt.Fprintf(log, "%d bytes, packed %d\n", lines.Len(), len(packed))
	return os.WriteFile(out, packed, 0o644)
}

// read returns an account's posts of the window, oldest first, each short
// code once.
func read(path string) (account, []post, int, error) {
	f, err := os.Open(path)
	if err != nil {
		return account{}, nil, 0, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return account{}, nil, 0, err
	}
	r := csv.NewReader(z)
	head, err := r.Read()
	if err != nil {
		return account{}, nil, 0, err
	}
	col := make(map[string]int)
	for i, name := range head {
		col[name] = i
	}
	var a account
	var posts []post
	seen := make(map[string]bool)
	repeated := 0
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return a, nil, 0, err
		}
		cell := func(name string) string { return row[col[name]] }
		day, err := strconv.ParseFloat(cell("Date"), 64)
		if err != nil {
			return a, nil, 0, err
		}
		if day < firstDay || day >= afterDay {
			continue
		}
		p := post{At: int64(math.Round((day - epochDay) * daySecond)), Profile: cell("Profile"), Caption: cell("Message")}
		if p.Kind, p.Code, err = shortCode(cell("Link")); err != nil {
			return a, nil, 0, err
		}
		if p.Likes, err = count(cell("Likes per post"), 1); err != nil {
			return a, nil, 0, err
		}
		if p.Comments, err = count(cell("Comments per post"), 0); err != nil {
			return a, nil, 0, err
		}
		if seen[p.Code] {
			repeated++
			continue
		}
		seen[p.Code] = true
		if id := cell("Profile-ID"); a.ProfileID != id && a.ProfileID != "" {
			return a, nil, 0, fmt.Errorf("profile ids %s and %s in one file", a.ProfileID, id)
		} else {
			a.ProfileID = id
		}
		posts = append(posts, p)
	}
	if len(posts) == 0 {
		return a, nil, 0, errors.New("no post in the window")
	}
	slices.SortFunc(posts, func(x, y post) int {
		return cmp.Or(cmp.Compare(x.At, y.At), cmp.Compare(x.Code, y.Code))
	})
	a.Name, a.Posts = posts[len(posts)-1].Profile, len(posts)
	for i := range posts {
		if posts[i].Profile == a.Name {
			posts[i].Profile = ""
		}
	}
	return a, posts, repeated, nil
}

// shortCode takes a permalink apart: https://www.instagram.com/reel/CODE/?…
func shortCode(link string) (kind, code string, err error) {
	u, err := url.Parse(link)
	if err != nil {
		return "", "", err
	}
	part := strings.Split(strings.Trim(u.Path, "/"), "/")
	if len(part) != 2 || part[1] == "" {
		return "", "", fmt.Errorf("link %q: no short code", link)
	}
	return part[0], part[1], nil
}

// count returns nil, unknown, for a number below least. Exports write a
// hidden number of likes as 0; comments below 0 came out of a subtraction.
func count(s string, least int64) (*int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return nil, err
	}
	if n < least {
		return nil, nil
	}
	return &n, nil
}
