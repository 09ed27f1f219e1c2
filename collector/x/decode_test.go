package x

import (
	"encoding/json"
	"maps"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/schema"
)

// A recording is one exchange with X as it was.
type recording struct {
	Response struct {
		Status  int
		Headers map[string]string
		Body    json.RawMessage
	}
}

func readRecording(t testing.TB, file string) recording {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var rec recording
	if err := json.Unmarshal(b, &rec); err != nil {
		t.Fatal(err)
	}
	return rec
}

func testdata(t testing.TB, name string) recording {
	t.Helper()
	return readRecording(t, filepath.Join("testdata", name))
}

// replay returns a run over a platform that gives the recorded answer to
// whatever it is asked, two seconds by our clock after X gave it.
func replay(t testing.TB, rec recording) *run {
	t.Helper()
	c := connect(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for k, v := range rec.Response.Headers {
			w.Header().Set(k, v)
		}
		send(w, rec.Response.Status, string(rec.Response.Body))
	}))
	if date := rec.Response.Headers["date"]; date != "" {
		at, err := time.Parse("Mon, 02 Jan 2006 15:04:05 MST", date)
		if err != nil {
			t.Fatal(err)
		}
		c.Skew, c.Now = time.Minute, func() time.Time { return at.Add(2 * time.Second) }
	}
	c.initOnce.Do(c.init)
	return &run{Connector: c, job: collector.Job{Account: ownerAccount, RunID: "run-1"}, token: testToken, handle: "pid_sindh"}
}

// testRun returns a run that reads answers, and the answer with the body.
func testRun(body []byte) (*run, *api.Answer) {
	c := &Connector{Log: quiet}
	c.initOnce.Do(c.init)
	return &run{Connector: c, job: collector.Job{Account: ownerAccount, RunID: "run-1"}, handle: "pid_sindh"},
		&api.Answer{Status: 200, At: testNow, Body: body, Request: "GET /"}
}

func TestRecordedTimeline(t *testing.T) {
	r := replay(t, testdata(t, "user-tweets-page-200.json"))
	var usage float64
	r.job.OnUsage = func(percent float64) { usage = percent }
	a, body, err := r.timeline(t.Context(), testUser, 0, "")
	if err != nil {
		t.Fatal(err)
	}
	posts := r.add(a, body)
	at := time.Date(2021, 6, 22, 13, 19, 37, 0, time.UTC)
	if !a.At.Equal(at) || usage != 1 {
		t.Errorf("answer of %s with %v %% of the quota used, want %s (a Date ending in UTC) and 1 %%", a.At, usage, at)
	}
	if len(posts) != 2 || r.page.Skipped != 0 || body.Meta.Next != (pageToken{}) {
		t.Fatalf("%d posts, %d skipped, next %+v", len(posts), r.page.Skipped, body.Meta.Next)
	}
	p := posts[0]
	p.Text = ""
	want := schema.Post{AccountID: "acc-1", PostID: "1399278878548533248", Platform: "x", NativeID: "1399278878548533248", Format: "text",
		Permalink: "https://x.com/pid_sindh/status/1399278878548533248", Hashtags: []string{"xxx21", "xxxxxxxxxxxxxxx", "xxxxxxxxxxx"},
		PublishedAt: time.Date(2021, 5, 31, 8, 17, 36, 0, time.UTC), CollectedAt: at}
	if d := cmp.Diff(want, p); d != "" {
		t.Errorf("post (-want +got):\n%s", d)
	}
	// Bookmarks and impressions were not told before the end of 2022.
	wantRow := schema.Observation{AccountID: "acc-1", PostID: "1399278878548533248", Platform: "x", ObservedAt: at, Call: "tweets", RunID: "run-1",
		Counters: schema.Counters{Reactions: new(int64(6)), Comments: new(int64(0)), Shares: new(int64(2))},
		Extra:    map[string]int64{"retweet_count": 2, "reply_count": 0, "like_count": 6, "quote_count": 0}}
	if d := cmp.Diff(wantRow, r.page.Observations[0]); d != "" {
		t.Errorf("observation (-want +got):\n%s", d)
	}
	if id, reached := body.bottom(); id != 1399026876010491906 || !reached.Equal(time.Date(2021, 5, 30, 15, 36, 14, 0, time.UTC)) {
		t.Errorf("bottom: got %d of %s", id, reached)
	}
}

func TestRecordedEmptyPages(t *testing.T) {
	for _, name := range []string{"search-all-empty-200.json", "retweeted-by-final-empty-page-200.json"} {
		r := replay(t, testdata(t, name))
		a, body, err := r.timeline(t.Context(), testUser, 0, "")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if posts := r.add(a, body); len(posts) != 0 || body.Meta.Next != (pageToken{}) {
			t.Errorf("%s: %d posts, next %+v, want the end of the list", name, len(posts), body.Meta.Next)
		}
	}
}

func TestRecordedRefusals(t *testing.T) {
	for name, want := range map[string]collector.Outcome{
		"user-tweets-unknown-user-200.json":      collector.OutcomeGone,
		"search-all-401.json":                    collector.OutcomeReconnect,
		"search-all-400-start-after-end.json":    collector.OutcomeFixRequest,
		"users-ids-invalid-400.json":             collector.OutcomeFixRequest,
		"users-lookup-public-metrics-200.json":   collector.OutcomeRetry, // no list of posts
		"edited-post-latest-version-200.json":    collector.OutcomeRetry, // a lookup, without meta
		"tweets-lookup-partial-2-200.json":       collector.OutcomeRetry, // the same
		"retweeted-by-final-empty-page-200.json": collector.OutcomeOK,
	} {
		_, _, err := replay(t, testdata(t, name)).timeline(t.Context(), testUser, 0, "")
		if got := collector.OutcomeOf(err); got != want {
			t.Errorf("%s: outcome %q of %v, want %q", name, got, err, want)
		}
	}
	_, _, err := replay(t, testdata(t, "search-all-400-start-after-end.json")).timeline(t.Context(), testUser, 0, "")
	if e := asRefusal(err); !e.names("start_time") || !e.names("x", "end_time") || e.names("pagination_token") || e.kind != "invalid-request" {
		t.Errorf("refusal %+v, want one that names start_time and end_time", e)
	}
	if asRefusal(nil).names("start_time") {
		t.Error("no refusal names a parameter")
	}
}

func TestRecordedUser(t *testing.T) {
	rec := testdata(t, "users-lookup-public-metrics-200.json")
	var list struct {
		Data []json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(rec.Response.Body, &list); err != nil {
		t.Fatal(err)
	}
	rec.Response.Body = json.RawMessage(`{"data":` + string(list.Data[0]) + `}`)
	r := replay(t, rec)
	r.job.Account.PlatformID = "1085578910853746688"
	id, err := r.profile(t.Context())
	if err != nil || id != "1085578910853746688" {
		t.Fatalf("profile: id %q, error %v", id, err)
	}
	got := r.page.Profiles[0]
	got.Name, got.Bio, got.Link = "", "", ""
	// In 2021 neither the likes given nor the media were counted.
	want := schema.AccountObservation{AccountID: "acc-1", Platform: "x", ObservedAt: time.Date(2021, 6, 16, 19, 52, 44, 0, time.UTC),
		Followers: new(int64(363)), Following: new(int64(499)), Posts: new(int64(438)), Handle: "xxxxxxxxxxx", Verified: new(false),
		Extra: map[string]int64{"listed_count": 4}, RunID: "run-1"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("profile (-want +got):\n%s", d)
	}

	r.job.Account.PlatformID = "2244994945"
	if _, err := r.profile(t.Context()); collector.OutcomeOf(err) != collector.OutcomeRetry {
		t.Errorf("profile of another user than asked for: got %v, want %v", err, collector.ErrTransient)
	}
}

// decodePosts reads the posts of a body, which needs no meta here.
func decodePosts(t *testing.T, b []byte) *run {
	t.Helper()
	r, a := testRun(b)
	var body timelineBody
	odd, err := a.Decode(&body)
	if err != nil {
		t.Fatal(err)
	}
	if odd != nil {
		r.skip("value left out", "value", odd.Error())
	}
	r.add(a, &body)
	return r
}

// An edited post stays one post, published when its first version was.
func TestEditedPost(t *testing.T) {
	rec := testdata(t, "edited-post-latest-version-200.json")
	renamed := strings.ReplaceAll(strings.ReplaceAll(string(rec.Response.Body), "edit_history_tweet_ids", "edit_history_post_ids"), "retweet_count", "repost_count")
	for v, body := range map[Vocabulary]string{Legacy: string(rec.Response.Body), New: renamed} {
		r := decodePosts(t, []byte(body))
		if len(r.page.Posts) != 1 || r.page.Skipped != 0 {
			t.Fatalf("%s: %d posts, %d skipped: a string in edit_controls must do no harm", v, len(r.page.Posts), r.page.Skipped)
		}
		p, o := r.page.Posts[0], r.page.Observations[0]
		if p.PostID != "1576994746135764992" || p.NativeID != "1576994789110992896" || p.Permalink != "https://x.com/pid_sindh/status/1576994789110992896" {
			t.Errorf("%s: post %s of version %s at %s", v, p.PostID, p.NativeID, p.Permalink)
		}
		if want := time.Date(2022, 10, 3, 17, 57, 1, 0, time.UTC); !p.PublishedAt.Equal(want) {
			t.Errorf("%s: published at %s, want %s, as X itself says of the first version", v, p.PublishedAt, want)
		}
		if o.PostID != p.PostID || *o.Shares != 4 || o.Extra["retweet_count"] != 2 {
			t.Errorf("%s: reading %+v", v, o)
		}
	}
}

func TestEditHistory(t *testing.T) {
	tests := []struct {
		name, history, want string
	}{
		{"unedited", `["1576994789110992896"]`, "1576994789110992896"},
		{"newest first", `["1576994789110992896","1576994746135764992"]`, "1576994746135764992"},
		{"as numbers", `[1576994746135764992,1576994789110992896]`, "1576994746135764992"},
		{"left out", `null`, "1576994789110992896"},
		{"not ids", `["x",{},null,-1]`, "1576994789110992896"},
		{"from years before", `["20","1576994789110992896"]`, "1576994789110992896"},
		{"larger than the post's", `["9999999999999999999"]`, "1576994789110992896"},
	}
	for _, tt := range tests {
		r := decodePosts(t, []byte(`{"data":[{"id":"1576994789110992896","created_at":"2022-10-03T17:57:11.000Z","edit_history_tweet_ids":`+tt.history+`}]}`))
		if got := r.page.Posts[0].PostID; got != tt.want {
			t.Errorf("%s: post id %s, want %s", tt.name, got, tt.want)
		}
	}
}

// Two versions on one page are one post, read once.
func TestTwoVersionsOnOnePage(t *testing.T) {
	r := decodePosts(t, []byte(`{"data":[
		{"id":"1576994789110992896","text":"new","created_at":"2022-10-03T17:57:11.000Z","edit_history_tweet_ids":["1576994746135764992","1576994789110992896"]},
		{"id":"1576994746135764992","text":"old","created_at":"2022-10-03T17:57:01.000Z","edit_history_tweet_ids":["1576994746135764992","1576994789110992896"]}]}`))
	if len(r.page.Posts) != 1 || len(r.page.Observations) != 1 || r.page.Posts[0].Text != "new" || r.page.Skipped != 0 {
		t.Errorf("posts %+v, %d readings, %d skipped", r.page.Posts, len(r.page.Observations), r.page.Skipped)
	}
}

// A repost carries another post's counters: it is kept, without a reading.
func TestReposts(t *testing.T) {
	rec := testdata(t, "tweets-lookup-partial-2-200.json")
	for _, body := range []string{string(rec.Response.Body), strings.ReplaceAll(string(rec.Response.Body), "referenced_tweets", "referenced_posts")} {
		r := decodePosts(t, []byte(body))
		var related []string
		for _, p := range r.page.Posts {
			if p.Relation == schema.RelationRepost {
				related = append(related, p.RelatedID)
			}
		}
		if d := cmp.Diff([]string{"1266436838190911497", "1266722835252129794"}, related); d != "" || len(r.page.Observations) != 0 || r.page.Skipped != 0 {
			t.Errorf("%d readings, %d skipped of a page of reposts, of (-want +got):\n%s", len(r.page.Observations), r.page.Skipped, d)
		}
	}
}

// All other posts have numbers of their own.
func TestRelations(t *testing.T) {
	for _, tt := range []struct {
		name, references string
		relation         schema.Relation
		related          string
	}{
		{"none", `null`, "", ""},
		{"reply", `[{"type":"replied_to","id":"1"}]`, "reply", "1"},
		{"quote", `[{"type":"quoted","id":"2"}]`, "quote", "2"},
		{"reply that quotes", `[{"type":"quoted","id":"2"},{"type":"replied_to","id":"1"}]`, "reply", "1"},
		{"reply to what has no id", `[{"type":"replied_to"}]`, "reply", ""},
		{"id that is a path", `[{"type":"quoted","id":"../me"}]`, "quote", ""},
		{"a type that is new", `[{"type":"remixed","id":"3"}]`, "", ""},
	} {
		for _, name := range []string{"referenced_tweets", "referenced_posts"} {
			r := decodePosts(t, []byte(`{"data":[{"id":"1399026876010491906","created_at":"2021-05-30T15:36:14.000Z","`+name+`":`+tt.references+`}]}`))
			if p := r.page.Posts[0]; p.Relation != tt.relation || p.RelatedID != tt.related || len(r.page.Observations) != 1 {
				t.Errorf("%s in %s: relation %q to %q, %d readings", tt.name, name, p.Relation, p.RelatedID, len(r.page.Observations))
			}
		}
	}
}

func TestDetails(t *testing.T) {
	const described = `{"media_key":"3_1","type":"photo","url":"https://pbs.twimg.com/media/a.jpg"},{"media_key":"3_2","type":"photo","url":"javascript:a"},
		{"media_key":"7_1","type":"video","duration_ms":61500,"preview_image_url":"https://pbs.twimg.com/b.jpg"},{"media_key":"7_2","type":"video","duration_ms":1499},
		{"media_key":"16_1","type":"animated_gif","preview_image_url":"https://pbs.twimg.com/c.jpg"},{"media_key":"7_3","type":"video","duration_ms":"long"}`
	for _, tt := range []struct {
		keys, paid string
		isPaid     *bool
		seconds    *int64
		picture    string
	}{
		{``, ``, nil, nil, ""},
		{`"3_1"`, `,"paid_partnership":true`, new(true), nil, "https://pbs.twimg.com/media/a.jpg"},
		{`"7_1"`, `,"paid_partnership":false`, new(false), new(int64(62)), "https://pbs.twimg.com/b.jpg"},
		{`"7_2"`, `,"paid_partnership":"yes"`, nil, new(int64(1)), ""},
		{`"7_3"`, `,"paid_partnership":null`, nil, nil, ""},
		{`"16_1"`, ``, nil, nil, "https://pbs.twimg.com/c.jpg"},
		{`"3_2","3_1","7_1"`, ``, nil, new(int64(62)), "https://pbs.twimg.com/media/a.jpg"},
		{`"7_1","7_2"`, ``, nil, nil, "https://pbs.twimg.com/b.jpg"},
	} {
		r := decodePosts(t, []byte(`{"data":[{"id":"20","created_at":"2006-03-21T20:50:14.000Z"`+tt.paid+`,"attachments":{"media_keys":[`+tt.keys+`]}}],"includes":{"media":[`+described+`]}}`))
		p := r.page.Posts[0]
		if d := cmp.Diff([]any{tt.isPaid, tt.seconds, tt.picture}, []any{p.Paid, p.Seconds, p.ThumbnailURL}); d != "" || r.page.Skipped != 0 {
			t.Errorf("media %s%s, %d skipped (-want +got):\n%s", tt.keys, tt.paid, r.page.Skipped, d)
		}
	}
}

func TestPost(t *testing.T) {
	good := func() object {
		return object{"id": "1399278878548533248", "text": "x", "created_at": "2021-05-31T08:17:36.000Z", "public_metrics": object{"like_count": 1}}
	}
	tests := []struct {
		name    string
		change  object
		want    func(*schema.Post)
		skipped int // more than none: the post or a value is left out
		none    bool
	}{
		{name: "id as a number", change: object{"id": json.Number("1399278878548533248")}},
		{name: "no id", change: object{"id": nil}, skipped: 1, none: true},
		{name: "id that is a path", change: object{"id": "../me"}, skipped: 1, none: true},
		{name: "no time", change: object{"created_at": nil}, skipped: 1, none: true},
		{name: "time without milliseconds", change: object{"created_at": "2021-05-31T08:17:36Z"}},
		{name: "time in the future", change: object{"created_at": "2027-05-31T08:17:36.000Z"}, skipped: 1, none: true},
		{name: "time before X", change: object{"created_at": "1970-01-01T00:00:00.000Z"}, skipped: 1, none: true},
		{name: "text is a number", change: object{"text": 5}, skipped: 1, want: func(p *schema.Post) { p.Text = "" }},
		{name: "NUL and half runes", change: object{"text": "a\x00b"}, want: func(p *schema.Post) { p.Text = "a\ufffdb" }},
		{name: "negative likes", change: object{"public_metrics": object{"like_count": -1}}, skipped: 1},
		{name: "likes as an object", change: object{"public_metrics": object{"like_count": object{"n": 1}}}, skipped: 1},
		{name: "likes as a string", change: object{"public_metrics": object{"like_count": "1"}}},
		{name: "edits remaining as a string", change: object{"edit_controls": object{"edits_remaining": "4"}}},
		{name: "edits remaining as a number", change: object{"edit_controls": object{"edits_remaining": 4}}},
		{name: "media without a description", change: object{"attachments": object{"media_keys": []string{"3_9"}}}, want: func(p *schema.Post) { p.Format = "" }},
		{name: "media key is a number", change: object{"attachments": object{"media_keys": []int{9}}}, skipped: 1, want: func(p *schema.Post) { p.Format = "" }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := good()
			for k, v := range tt.change {
				if m[k] = v; v == nil {
					delete(m, k)
				}
			}
			b, err := json.Marshal(object{"data": []any{m}})
			if err != nil {
				t.Fatal(err)
			}
			r := decodePosts(t, b)
			if r.page.Skipped != tt.skipped {
				t.Errorf("skipped %d, want %d", r.page.Skipped, tt.skipped)
			}
			want := []schema.Post{{AccountID: "acc-1", PostID: "1399278878548533248", Platform: "x", NativeID: "1399278878548533248", Text: "x", Format: "text",
				Permalink: "https://x.com/pid_sindh/status/1399278878548533248", PublishedAt: time.Date(2021, 5, 31, 8, 17, 36, 0, time.UTC), CollectedAt: testNow}}
			if tt.want != nil {
				tt.want(&want[0])
			}
			if tt.none {
				want = nil
			}
			if d := cmp.Diff(want, r.page.Posts); d != "" {
				t.Errorf("post (-want +got):\n%s", d)
			}
		})
	}
}

func TestPermalink(t *testing.T) {
	for _, tt := range []struct{ told, ours, want string }{
		{"pid_sindh", "old_name", "https://x.com/pid_sindh/status/20"},
		{"a/../b", "old_name", "https://x.com/old_name/status/20"},
		{"", "", "https://x.com/i/status/20"},
	} {
		if got := permalink(schema.Account{Handle: tt.ours}, tt.told, 20); got != tt.want {
			t.Errorf("permalink with handle %q, else %q: got %s, want %s", tt.told, tt.ours, got, tt.want)
		}
	}
}

func TestCounters(t *testing.T) {
	counts := func(m map[string]string) string {
		var parts []string
		for k, v := range m {
			parts = append(parts, `"`+k+`":`+v)
		}
		return "{" + strings.Join(parts, ",") + "}"
	}
	largest := strconv.Itoa(math.MaxInt64)
	tests := []struct {
		name   string
		public map[string]string
		want   schema.Counters
		extra  map[string]int64
	}{
		{"legacy names", map[string]string{"retweet_count": "4", "quote_count": "3", "reply_count": "2", "like_count": "1", "bookmark_count": "5", "impression_count": "6"},
			schema.Counters{Reactions: new(int64(1)), Comments: new(int64(2)), Shares: new(int64(7)), Saves: new(int64(5)), Impressions: new(int64(6))},
			map[string]int64{"retweet_count": 4, "quote_count": 3, "reply_count": 2, "like_count": 1, "bookmark_count": 5, "impression_count": 6}},
		{"new names, stored under the legacy ones", map[string]string{"repost_count": "4", "quote_count": "3"},
			schema.Counters{Shares: new(int64(7))}, map[string]int64{"retweet_count": 4, "quote_count": 3}},
		{"both names", map[string]string{"retweet_count": "4", "repost_count": "9", "quote_count": "0"},
			schema.Counters{Shares: new(int64(4))}, map[string]int64{"retweet_count": 4, "quote_count": 0}},
		{"no quotes, no shares", map[string]string{"retweet_count": "4"}, schema.Counters{}, map[string]int64{"retweet_count": 4}},
		{"no reposts, no shares", map[string]string{"quote_count": "4"}, schema.Counters{}, map[string]int64{"quote_count": 4}},
		{"zero is zero", map[string]string{"retweet_count": "0", "quote_count": "0", "impression_count": "0"},
			schema.Counters{Shares: new(int64(0)), Impressions: new(int64(0))}, map[string]int64{"retweet_count": 0, "quote_count": 0, "impression_count": 0}},
		{"null is unknown", map[string]string{"impression_count": "null"}, schema.Counters{}, nil},
		{"left out is unknown", nil, schema.Counters{}, nil},
		{"a sum out of range", map[string]string{"retweet_count": largest, "quote_count": "1"}, schema.Counters{},
			map[string]int64{"retweet_count": math.MaxInt64, "quote_count": 1}},
	}
	for _, tt := range tests {
		r := decodePosts(t, []byte(`{"data":[{"id":"20","created_at":"2006-03-21T20:50:14.000Z","public_metrics":`+counts(tt.public)+`}]}`))
		if d := cmp.Diff([]any{tt.want, tt.extra}, []any{r.page.Observations[0].Counters, r.page.Observations[0].Extra}); d != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, d)
		}
	}
}

func TestMedia(t *testing.T) {
	const described = `{"media_key":"3_1","type":"photo","alt_text":"a wall"},{"media_key":"3_2","type":"photo"},
		{"media_key":"7_1","type":"video","alt_text":"a flood","public_metrics":{"view_count":5}},{"media_key":"7_2","type":"video","public_metrics":{"view_count":6}},
		{"media_key":"7_3","type":"video"},{"media_key":"16_1","type":"animated_gif"},{"media_key":"9_1","type":"hologram"}`
	tests := []struct {
		keys  string
		want  schema.Format
		views *int64
		alt   *string
	}{
		{``, "text", nil, nil},
		{`"3_1"`, "image", nil, new("a wall")},
		{`"3_2"`, "image", nil, nil},
		{`"16_1"`, "image", nil, nil},
		{`"7_1"`, "video", new(int64(5)), new("a flood")},
		{`"7_3"`, "video", nil, nil},
		{`"9_1"`, "", nil, nil},
		{`"3_1","3_2"`, "album", nil, new("a wall")},
		{`"3_1","7_1"`, "album", new(int64(5)), new("a wall\na flood")},
		{`"7_1","7_2"`, "album", nil, new("a flood")}, // two videos, no single number
		{`"3_7"`, "", nil, nil},
		{`"3_7","3_1"`, "album", nil, new("a wall")},
	}
	for _, tt := range tests {
		r := decodePosts(t, []byte(`{"data":[{"id":"20","created_at":"2006-03-21T20:50:14.000Z","attachments":{"media_keys":[`+tt.keys+`]}}],"includes":{"media":[`+described+`]}}`))
		p, o := r.page.Posts[0], r.page.Observations[0]
		if d := cmp.Diff([]any{tt.want, tt.views, tt.alt}, []any{p.Format, o.Views, p.AltText}); d != "" || r.page.Skipped != 0 {
			t.Errorf("media %s, %d skipped (-want +got):\n%s", tt.keys, r.page.Skipped, d)
		}
		if n, ok := o.Extra["view_count"]; ok != (tt.views != nil) || ok && n != *tt.views {
			t.Errorf("media %s: view_count in Extra is %d, %v", tt.keys, n, ok)
		}
	}
}

func TestText(t *testing.T) {
	long := strings.Repeat("الف ", 100)
	tests := []struct {
		name, post  string
		text        string
		links, tags []string
	}{
		{"escaped", `"text":"a &lt;b&gt; &amp; c &amp;lt; &quot;"`, `a <b> & c &lt; &quot;`, nil, nil},
		{"legacy note", `"text":"الف…","note_tweet":{"text":"` + long + `&amp;"}`, long + "&", nil, nil},
		{"new note", `"text":"الف…","note_post":{"text":"` + long + `"}`, long, nil, nil},
		{"empty note", `"text":"short","note_tweet":{}`, "short", nil, nil},
		{"entities", `"text":"#کراچی","entities":{"hashtags":[{"tag":"کراچی"},{"tag":"Sindh"},{"tag":"Sindh"},{"tag":""}],
			"urls":[{"url":"https://t.co/1","expanded_url":"https://sindh.gov.pk/a?b=1"},{"url":"https://t.co/2","expanded_url":"https://x.com/a/status/1/photo/1","media_key":"3_1"},
				{"url":"https://t.co/3"},{"url":"https://t.co/4","expanded_url":"https://t.co/4"},{"url":"https://t.co/5","expanded_url":"javascript:alert(1)"}]}`,
			"#کراچی", []string{"https://sindh.gov.pk/a?b=1"}, []string{"کراچی", "Sindh"}},
		{"entities of a note", `"text":"x","entities":{"hashtags":[{"tag":"one"}]},
			"note_tweet":{"text":"long","entities":{"hashtags":[{"tag":"one"},{"tag":"two"}],"urls":[{"expanded_url":"https://sindh.gov.pk"}]}}`,
			"long", []string{"https://sindh.gov.pk"}, []string{"one", "two"}},
		{"no entities", `"text":"#Sindh #کراچی https://t.co/1 https://sindh.gov.pk/a"`, "#Sindh #کراچی https://t.co/1 https://sindh.gov.pk/a",
			[]string{"https://sindh.gov.pk/a"}, []string{"Sindh", "کراچی"}},
		{"note without entities", `"text":"#a","entities":{"hashtags":[{"tag":"a"}]},"note_tweet":{"text":"#a and, far down, #b"}`, "#a and, far down, #b", nil, []string{"a", "b"}},
		{"a tag that X sees and we do not", `"text":"#x","entities":{"hashtags":[{"tag":"🏏"}]}`, "#x", nil, []string{"🏏"}},
	}
	for _, tt := range tests {
		r := decodePosts(t, []byte(`{"data":[{"id":"20","created_at":"2006-03-21T20:50:14.000Z",`+tt.post+`}]}`))
		p := r.page.Posts[0]
		if d := cmp.Diff([]any{tt.text, tt.links, tt.tags}, []any{p.Text, p.Links, p.Hashtags}); d != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, d)
		}
	}
}

func TestProfileOfOddTypes(t *testing.T) {
	r, a := testRun([]byte(`{"data":{"id":"1","username":"a\u0000","verified":"yes","public_metrics":{"followers_count":-1,"post_count":7,"listed_count":{},"media_count":null},
		"profile_image_url":"javascript:x","url":"https://t.co/1","entities":{"url":{"urls":[{}]}}}}`))
	var body userBody
	if _, err := a.Decode(&body); err != nil {
		t.Fatal(err)
	}
	r.addProfile(a, body.Data)
	want := []schema.AccountObservation{{AccountID: "acc-1", Platform: "x", ObservedAt: testNow, Posts: new(int64(7)), Handle: "a\ufffd", Link: "https://t.co/1", RunID: "run-1"}}
	if d := cmp.Diff(want, r.page.Profiles); d != "" || r.page.Skipped != 2 {
		t.Errorf("%d skipped, profile (-want +got):\n%s", r.page.Skipped, d)
	}
}

func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		f.Fatal("no recorded answers", err)
	}
	for _, file := range files {
		f.Add([]byte(readRecording(f, file).Response.Body))
	}
	f.Add([]byte(`{"data":[{"id":1,"created_at":"2026-01-01T00:00:00Z","edit_history_post_ids":["7"],"text":"#\u0000\ud800","public_metrics":{"repost_count":9223372036854775807,"quote_count":5}}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, a := testRun(b)
		var list timelineBody
		if _, err := a.Decode(&list); err == nil {
			r.add(a, &list)
			list.bottom()
			newRefusal(a, &list.problem, true)
		}
		var u userBody
		if _, err := a.Decode(&u); err == nil && u.Data != nil {
			r.addProfile(a, u.Data)
		}
		var private lookupBody
		if _, err := a.Decode(&private); err == nil {
			for i := range private.Data {
				d := &private.Data[i]
				if o := r.privateReading(&schema.Post{PostID: "20"}, d, testNow); o != nil {
					r.page.Observations = append(r.page.Observations, *o)
				}
			}
		}
		for _, p := range r.page.Posts {
			if parseIdent(p.PostID) == 0 || parseIdent(p.NativeID) == 0 || p.PublishedAt.IsZero() {
				t.Errorf("post without id or time: %+v", p)
			}
			for _, s := range append(append([]string{p.Text, p.Permalink}, p.Links...), p.Hashtags...) {
				if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
					t.Errorf("text %q is not valid", s)
				}
			}
		}
		for _, o := range r.page.Observations {
			for _, n := range []*int64{o.Views, o.Impressions, o.Reactions, o.Comments, o.Shares, o.Saves, o.Clicks} {
				if n != nil && *n < 0 {
					t.Errorf("negative count: %+v", o)
				}
			}
			for name, n := range o.Extra {
				if n < 0 {
					t.Errorf("extra %q is %d", name, n)
				}
			}
		}
	})
}

// BenchmarkDecodePage is all that is done with a page of 100 posts between
// the network and the store: decoding, rows, and the masked raw answer.
func BenchmarkDecodePage(b *testing.B) {
	p := newPlatform(100)
	body := object{"meta": object{"result_count": 100}, "data": p.posts}
	media := []object{}
	for _, m := range p.media {
		media = append(media, m)
	}
	body["includes"] = object{"media": media}
	for _, t := range p.posts {
		t["text"] = strings.Repeat("محکمہ اطلاعات سندھ کی جانب سے اعلان ", 7) + t["text"].(string)
		maps.DeleteFunc(t, func(k string, _ any) bool { return strings.HasSuffix(k, "c_metrics") && k != "public_metrics" })
	}
	text, err := json.Marshal(body)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		r, a := testRun(text)
		var list timelineBody
		if _, err := a.Decode(&list); err != nil {
			b.Fatal(err)
		}
		if posts := r.add(a, &list); len(posts) != 100 {
			b.Fatal(len(posts))
		}
	}
}
