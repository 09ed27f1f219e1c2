package collectortest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/facebook"
	"github.com/hamawaz/hamawaz/collector/instagram"
	"github.com/hamawaz/hamawaz/collector/sandbox"
	facebooksandbox "github.com/hamawaz/hamawaz/collector/sandbox/facebook"
	instagramsandbox "github.com/hamawaz/hamawaz/collector/sandbox/instagram"
	"github.com/hamawaz/hamawaz/collector/sandbox/sandboxtest"
	tiktoksandbox "github.com/hamawaz/hamawaz/collector/sandbox/tiktok"
	xsandbox "github.com/hamawaz/hamawaz/collector/sandbox/x"
	youtubesandbox "github.com/hamawaz/hamawaz/collector/sandbox/youtube"
	"github.com/hamawaz/hamawaz/collector/tiktok"
	"github.com/hamawaz/hamawaz/collector/x"
	"github.com/hamawaz/hamawaz/collector/youtube"
	"github.com/hamawaz/hamawaz/schema"
)

// A taken says which of a connector's calls the recorded answers of a name are
// given to. Those that no call of ours asks for, such as logins, are given to
// the nearest: it must not take them for what they are not.
type taken struct {
	name string // of files: a regular expression
	as   string
	path string // of the call: a regular expression
}

// table is what becomes of every recorded answer, the first that fits.
var table = map[schema.Platform][]taken{
	schema.Facebook: {
		{`^(page-posts|feed|videos)-`, "posts", `/(published_posts|posts|feed|videos)$`},
		{`^(page-|pages-|error-)`, "profile", `^/v[\d.]+/\d+$`},
		{`^(debug-token|long-lived-token|me-accounts)-`, "profile: not asked for", `^/v[\d.]+/\d+$`},
	},
	schema.Instagram: {
		{`^media-insights-`, "insights of a post", `/insights$`},
		{`^user-media-`, "posts", `/media$`},
		{`^(user-fields|business-discovery|error)-`, "profile", `^/v[\d.]+/\d+$`},
		{`^(media-comments|user-insights)-`, "insights: not asked for", `/insights$`},
	},
	schema.TikTok: {
		{`^business-token-`, "profile: not asked for", `/business/get/$`},
	},
	schema.X: {
		{`^(user-tweets|mentions|edited-post|tweets-lookup|search-all)-`, "posts", `^/2/users/\d+/tweets$`},
		{`^(retweeted-by|counts|usage)-`, "posts: not asked for", `^/2/users/\d+/tweets$`},
		{`^users-`, "profile", `^/2/users(/by.*|/\d+|/me)?$`},
		{`^oauth2-token-`, "profile: not asked for", `^/2/users(/by.*|/\d+|/me)?$`},
	},
	schema.YouTube: {
		{`^(channels|error)-`, "profile", `/channels$`},
		{`^playlistitems-`, "list of posts", `/playlistItems$`},
		{`^videos-`, "posts", `/videos$`},
		{`^(subscriptions|oauth-token|search|commentthreads|analytics)-`, "posts: not asked for", `/videos$`},
	},
}

// A stand is a connector at a sandbox, in which one answer is a recorded one.
type stand struct {
	connector collector.Connector
	account   schema.Account
	faults    interface {
		Spoil(...sandbox.Fault)
		Pending() int
		Drop()
	}
}

var recordedNow = time.Date(2024, 6, 1, 12, 0, 0, 0, time.UTC)

// standOf returns the stand of the platform. The account is one whose owner
// authorised us, if there is one.
func standOf(t *testing.T, p schema.Platform) *stand {
	t.Helper()
	now := func() time.Time { return recordedNow }
	quiet := slog.New(slog.DiscardHandler)
	always := func(token func() string) func(context.Context, schema.Account) (string, error) {
		return func(context.Context, schema.Account) (string, error) { return token(), nil }
	}
	owner := func(token func(string) string) func(context.Context, schema.Account) (string, error) {
		return func(_ context.Context, a schema.Account) (string, error) { return token(a.Handle), nil }
	}
	var world sandbox.World
	s := new(stand)
	switch p {
	case schema.Facebook:
		sb := sandboxtest.StartFacebook(t, facebooksandbox.Options{Now: now})
		world, s.faults = sb.World, &sb.Faults.FaultQueue
		s.connector = &facebook.Connector{BaseURL: sb.URL, HTTP: sb.Client(), Now: now, Log: quiet, AppSecret: sb.AppSecret(), Token: owner(sb.PageToken)}
	case schema.Instagram:
		sb := sandboxtest.StartInstagram(t, instagramsandbox.Options{Now: now})
		world, s.faults = sb.World, &sb.Faults.FaultQueue
		s.connector = &instagram.Connector{BaseURL: sb.URL, HTTP: sb.Client(), Now: now, Log: quiet, OfficeUserID: sb.OfficeUserID(), Token: always(sb.Token)}
	case schema.TikTok:
		sb := sandboxtest.StartTikTok(t, tiktoksandbox.Options{Now: now})
		world, s.faults = sb.World, &sb.Faults.FaultQueue
		s.connector = &tiktok.Connector{BaseURL: sb.URL, BusinessURL: sb.URL, HTTP: sb.Client(), Now: now, Log: quiet, Business: owner(sb.BusinessToken)}
	case schema.X:
		sb := sandboxtest.StartX(t, xsandbox.Options{Now: now})
		world, s.faults = sb.World, &sb.Faults.FaultQueue
		s.connector = &x.Connector{BaseURL: sb.URL, HTTP: sb.Client(), Now: now, Log: quiet, Token: owner(sb.UserToken)}
	case schema.YouTube:
		sb := sandboxtest.StartYouTube(t, youtubesandbox.Options{Now: now})
		world, s.faults = sb.World, &sb.Faults.FaultQueue
		s.connector = &youtube.Connector{BaseURL: sb.URL, HTTP: sb.Client(), Now: now, Log: quiet, Key: always(sb.Key)}
	}
	for _, a := range world.Accounts() {
		if s.account.ID == "" || s.account.Access != schema.AccessOwner && a.Access == schema.AccessOwner {
			s.account = schema.Account{ID: "recorded", Platform: p, Handle: a.Handle, PlatformID: a.PlatformID, URL: a.URL, Access: a.Access}
		}
	}
	return s
}

// A row is a line of the table that is printed.
type row struct {
	file, as                                string
	posts, observations, profiles, comments int
	unknown                                 string // the counters that no reading of it tells
	outcome                                 collector.Outcome
}

// take gives the answer to the connector in the place of the first of the
// call's, and says what was stored of it: the rows whose ids stand in it.
func (s *stand) take(t *testing.T, as taken, status int, body string) row {
	t.Helper()
	path := regexp.MustCompile(as.path)
	s.faults.Spoil(sandbox.Fault{Status: status, Body: []byte(body), On: func(r *http.Request) bool { return path.MatchString(r.URL.Path) }})
	out := row{as: as.as}
	unknown := []string{"views", "impressions", "reach", "reactions", "comments", "shares", "saves"}
	_, err := s.connector.Collect(t.Context(), collector.Job{Account: s.account, Depth: recordedNow.AddDate(0, 0, -20), Comments: true},
		func(_ context.Context, p collector.Page) error {
			of := make(map[string]bool)
			for _, post := range p.Posts {
				if inBody(body, post.NativeID) {
					of[post.PostID] = true
					out.posts++
				}
			}
			for _, o := range p.Observations {
				if !of[o.PostID] {
					continue
				}
				out.observations++
				for i, n := range []*int64{o.Views, o.Impressions, o.Reach, o.Reactions, o.Comments, o.Shares, o.Saves} {
					if n != nil {
						unknown[i] = ""
					}
				}
			}
			for _, a := range p.Profiles {
				if inBody(body, a.Name) || inBody(body, a.Handle) {
					out.profiles++
				}
			}
			for _, c := range p.Comments {
				if inBody(body, c.CommentID) {
					out.comments++
				}
			}
			return nil
		})
	out.outcome = collector.OutcomeOf(err)
	if out.observations > 0 {
		out.unknown = strings.Join(strings.Fields(strings.Join(unknown, " ")), " ")
	}
	if s.faults.Pending() > 0 {
		t.Errorf("no call took the answer as %s: the pass ended with %v", as.as, err)
		s.faults.Drop()
	}
	return out
}

// inBody says whether the words stand in the answer as a value.
func inBody(body, words string) bool {
	value, err := json.Marshal(words)
	return err == nil && words != "" && strings.Contains(body, string(value))
}

// statusInName is where the name of a file tells the status.
var statusInName = regexp.MustCompile(`-([1-5]\d\d)[-.]`)

// readRecorded returns an answer out of a file: one that holds the request too,
// or the body alone.
func readRecorded(t *testing.T, name string, b []byte) (status int, body string) {
	t.Helper()
	var rec struct {
		Response struct {
			Status int
			Body   json.RawMessage
		}
	}
	if err := json.Unmarshal(b, &rec); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if rec.Response.Status != 0 {
		return rec.Response.Status, string(rec.Response.Body)
	}
	m := statusInName.FindStringSubmatch(name)
	if m == nil {
		t.Fatalf("%s tells no status", name)
	}
	status, err := strconv.Atoi(m[1])
	if err != nil {
		t.Fatal(err)
	}
	return status, string(b)
}

// recordedTable gives every file to its connector and prints the table. Each
// file must have its place, and an error of the platform must be one of ours.
func recordedTable(t *testing.T, platform schema.Platform, files []string) {
	s := standOf(t, platform)
	var rows []row
	for _, file := range files {
		name := filepath.Base(file)
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		status, body := readRecorded(t, name, b)
		found := false
		for _, as := range table[platform] {
			if !regexp.MustCompile(as.name).MatchString(name) {
				continue
			}
			r := s.take(t, as, status, body)
			r.file = name
			rows = append(rows, r)
			if status >= 400 && r.outcome == collector.OutcomeOK {
				t.Errorf("%s: status %d passes for a success", name, status)
			}
			found = true
			break
		}
		if !found {
			t.Errorf("%s has no place in the table", name)
		}
	}
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "file\ttaken for\tposts\treadings\tprofiles\tcomments\tclass\tunknown")
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%s\t%s\n", r.file, r.as, r.posts, r.observations, r.profiles, r.comments, r.outcome, r.unknown)
	}
	w.Flush()
	t.Logf("%s\n%s", platform, out.String())
}

// The recorded answers whose licences let us hold them.
func TestRecorded(t *testing.T) {
	for _, p := range []schema.Platform{schema.Facebook, schema.Instagram, schema.X, schema.YouTube} {
		t.Run(string(p), func(t *testing.T) {
			files, err := filepath.Glob("../" + string(p) + "/testdata/*-[1-5][0-9][0-9]*.json")
			if err != nil || len(files) < 5 {
				t.Fatalf("%d recorded answers, %v", len(files), err)
			}
			recordedTable(t, p, files)
		})
	}
}
