package youtube_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/collector/sandbox/youtube"
)

// A schemaType is a type of the platform's discovery document.
type schemaType struct {
	Type       string                 `json:"type"`
	Format     string                 `json:"format"`
	Ref        string                 `json:"$ref"`
	Enum       []string               `json:"enum"`
	Default    string                 `json:"default"`
	Items      *schemaType            `json:"items"`
	Values     *schemaType            `json:"additionalProperties"`
	Properties map[string]*schemaType `json:"properties"`
}

// contract holds the types of testdata/contract.json by name.
type contract map[string]*schemaType

// answers are the types of what each call answers.
var answers = map[string]string{
	"channels":             "ChannelListResponse",
	"playlistItems":        "PlaylistItemListResponse",
	"videos":               "VideoListResponse",
	"videos:batchGetStats": "BatchGetStatsResponse",
	"commentThreads":       "CommentThreadListResponse",
}

// check notes every key and value that the type does not have.
func (c contract) check(t testing.TB, typ *schemaType, path string, v any) {
	t.Helper()
	if typ.Ref != "" {
		typ = c[typ.Ref]
	}
	switch typ.Type {
	case "object":
		object, ok := v.(map[string]any)
		if !ok {
			t.Errorf("%s is %v, not an object", path, v)
		}
		for key, value := range object {
			field := typ.Properties[key]
			if field == nil {
				field = typ.Values
			}
			if field == nil {
				t.Errorf("%s has the key %q", path, key)
				continue
			}
			if key == "kind" && field.Default != "" && value != field.Default {
				t.Errorf("%s is of kind %v, want %q", path, value, field.Default)
			}
			c.check(t, field, path+"."+key, value)
		}
	case "array":
		list, ok := v.([]any)
		if !ok {
			t.Errorf("%s is %v, not a list", path, v)
		}
		for _, value := range list {
			c.check(t, typ.Items, path+"[]", value)
		}
	case "string":
		s, ok := v.(string)
		if !ok {
			t.Errorf("%s is %v, not a string", path, v)
			return
		}
		if typ.Enum != nil && !slices.Contains(typ.Enum, s) {
			t.Errorf("%s is %q, none of %q", path, s, typ.Enum)
		}
		if err := hasFormat(s, typ.Format); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	case "integer":
		if n, ok := v.(float64); !ok || n != float64(int64(n)) || n < 0 {
			t.Errorf("%s is %v, not a whole number", path, v)
		}
	case "boolean":
		if _, ok := v.(bool); !ok {
			t.Errorf("%s is %v, not true or false", path, v)
		}
	case "any":
	default:
		t.Errorf("%s: type %q is not looked at", path, typ.Type)
	}
}

func hasFormat(s, format string) (err error) {
	switch format {
	case "uint64", "int64":
		_, err = strconv.ParseUint(s, 10, 64)
	case "date-time", "google-datetime":
		_, err = time.Parse(time.RFC3339Nano, s)
	case "google-duration":
		_, err = time.ParseDuration(s)
	case "":
	default:
		err = fmt.Errorf("format %q is not looked at", format)
	}
	return err
}

func readContract(t testing.TB) contract {
	t.Helper()
	var c contract
	readJSON(t, "testdata/contract.json", &c)
	return c
}

// The figures of days fit the contract of the other API, are the world's, and
// are told late; missing days are missing.
func TestReportsFitTheContract(t *testing.T) {
	var c contract
	readJSON(t, "testdata/analytics.json", &c)
	s := start(t, youtube.Options{})
	a := s.account("governopr.sandbox")
	report := func(query ...string) reply {
		q := url.Values{"ids": {"channel==MINE"}, "dimensions": {"day"}, "metrics": {"views,likes,subscribersGained"}, "startDate": {"2024-05-20"}, "endDate": {"2024-06-01"}}
		for i := 0; i < len(query); i += 2 {
			q.Set(query[i], query[i+1])
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/v2/reports?"+q.Encode(), nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+s.OwnerToken(a.Handle))
		return s.do(req)
	}
	r := report()
	var body any
	r.decode(t, &body)
	c.check(t, c["QueryResponse"], "reports", body)
	var table struct {
		Rows [][]any
	}
	r.decode(t, &table)
	if n := len(table.Rows); n < 9 || n > 10 {
		t.Errorf("%d days are told on %s", n, june)
	}
	for _, row := range table.Rows {
		day, _ := time.Parse(time.DateOnly, row[0].(string))
		want := s.World.Day(a.Handle, day, june)
		if got := map[string]int64{"views": int64(row[1].(float64)), "likes": int64(row[2].(float64)), "subscribersGained": int64(row[3].(float64))}; want["views"] < 100 ||
			got["views"] != want["views"] || got["likes"] != want["likes"] || got["subscribersGained"] != want["subscribersGained"] {
			t.Errorf("%s: got %v, want %v", row[0], got, want)
		}
		if later := s.World.Day(a.Handle, day, end); later["views"] < want["views"] {
			t.Errorf("%s: views fall from %d to %d", row[0], want["views"], later["views"])
		}
	}
	if r := report("startDate", "2024-05-31"); strings.Contains(string(r.body), "rows") {
		t.Errorf("days that are not told yet: %s", r.body)
	}
	for name, tt := range map[string]struct {
		query  []string
		status int
		reason string
	}{
		"unknown metric":        {[]string{"metrics", "views,nonsense"}, 400, "badRequest"},
		"no dimension":          {[]string{"dimensions", ""}, 400, "badRequest"},
		"another's channel":     {[]string{"ids", "channel==" + s.account("governosp.sandbox").PlatformID}, 403, "forbidden"},
		"end before the start":  {[]string{"endDate", "2024-01-01"}, 400, "badRequest"},
		"no date at the start ": {[]string{"startDate", "today"}, 400, "badRequest"},
	} {
		if e := report(tt.query...).error(t); e.Status != tt.status || e.Reason != tt.reason {
			t.Errorf("%s: got %+v, want %d %s", name, e, tt.status, tt.reason)
		}
	}
}

// Threads come the newest first, with their answers, as the world has them.
func TestComments(t *testing.T) {
	s := start(t, youtube.Options{})
	official, answers, all := 0, 0, 0
	for _, a := range s.World.Accounts() {
		var list struct {
			Items []struct {
				Snippet struct {
					VideoID         string
					TotalReplyCount int
					TopLevelComment struct {
						ID      string
						Snippet struct {
							TextDisplay string
							PublishedAt time.Time
						}
					}
				}
				Replies struct{ Comments []struct{ ID string } }
			}
		}
		s.get("commentThreads", "allThreadsRelatedToChannelId", a.PlatformID, "maxResults", "100", "part", "snippet,replies", "textFormat", "plainText").decode(t, &list)
		last := june
		for _, i := range list.Items {
			top := i.Snippet.TopLevelComment
			if top.Snippet.PublishedAt.After(last) {
				t.Errorf("thread of %s comes after one of %s", top.Snippet.PublishedAt, last)
			}
			last = top.Snippet.PublishedAt
			found, under := false, 0
			for _, c := range s.World.Comments(a, i.Snippet.VideoID, june) {
				all++
				if c.CommentID == top.ID {
					found = c.Text == top.Snippet.TextDisplay && c.PublishedAt.Equal(last)
				}
				if c.ParentID == top.ID {
					under++
				}
				if c.Official {
					official++
				}
			}
			if answers += under; !found || under != i.Snippet.TotalReplyCount || under != len(i.Replies.Comments) {
				t.Errorf("thread %+v is not the world's", i)
			}
		}
		// What is said is counted.
		for _, p := range s.World.Posts(a.Handle, june) {
			tr, _ := s.World.Truth(a.Handle, p.PostID, june)
			if said := s.World.Comments(a, p.PostID, june); len(said) > 0 && (tr.Comments == nil || int64(len(said)) > *tr.Comments+1) {
				t.Errorf("video %s: %d comments, %v counted", p.PostID, len(said), tr.Comments)
			}
		}
	}
	if official < 50 || answers < 50 {
		t.Errorf("%d official answers, %d answers of %d comments", official, answers, all)
	}
	a := s.account("governosp.sandbox")
	s.Faults.DisableComments(a.Handle)
	if e := s.get("commentThreads", "allThreadsRelatedToChannelId", a.PlatformID, "part", "snippet").error(t); e.Status != 403 || e.Reason != "commentsDisabled" {
		t.Errorf("comments are off: got %+v", e)
	}
	for reason, query := range map[string][]string{
		"channelNotFound":          {"allThreadsRelatedToChannelId", "UCnobody"},
		"videoNotFound":            {"videoId", "nobody"},
		"missingRequiredParameter": {"order", "time"},
		"invalidParameter":         {"allThreadsRelatedToChannelId", s.account("governope.sandbox").PlatformID, "maxResults", "101"},
	} {
		if e := s.get("commentThreads", append(query, "part", "snippet")...).error(t); e.Reason != reason {
			t.Errorf("%v: got %+v, want %s", query, e, reason)
		}
	}
}

func readJSON(t testing.TB, name string, to any) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, to); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// Every key and value that the sandbox sends is of the type that the platform
// publishes: of all videos, with all parts, for the owner and for anyone, while
// a stream is announced, goes on and is over.
func TestEveryAnswerFitsTheContract(t *testing.T) {
	c := readContract(t)
	s := start(t, youtube.Options{Units: 1 << 30, BatchUnits: 1 << 30})
	fits := func(call string, r reply) (ids []string, next string) {
		t.Helper()
		var body map[string]any
		r.decode(t, &body)
		c.check(t, c[answers[call]], call, body)
		if body["etag"] == "" || body["kind"] == nil {
			t.Errorf("%s has etag %v and kind %v", call, body["etag"], body["kind"])
		}
		next, _ = body["nextPageToken"].(string)
		list, _ := body["items"].([]any)
		for _, i := range list {
			item := i.(map[string]any)
			if call == "playlistItems" {
				ids = append(ids, item["contentDetails"].(map[string]any)["videoId"].(string))
			} else {
				ids = append(ids, item["id"].(string))
			}
		}
		return ids, next
	}
	looks := 0
	for _, at := range []time.Time{june, streamOf(t, s.World).Add(-time.Minute), streamOf(t, s.World).Add(time.Minute), end} {
		s.clock.Set(at)
		for _, ask := range []func(string, ...string) reply{s.get, s.ownerOf("governopr.sandbox")} {
			for _, a := range s.World.Accounts() {
				fits("channels", ask("channels", "id", a.PlatformID, "part", "snippet,contentDetails,statistics,status,brandingSettings,id,localizations,topicDetails"))
				threads, more := fits("commentThreads", ask("commentThreads", "allThreadsRelatedToChannelId", a.PlatformID, "maxResults", "100", "part", "id,snippet,replies"))
				if at == end && (len(threads) != 100 || more == "") {
					t.Errorf("%s: %d threads of comments", a.Handle, len(threads))
				}
				next := ""
				for {
					ids, after := fits("playlistItems", ask("playlistItems", "playlistId", uploads(a), "maxResults", "50", "pageToken", next, "part", "snippet,contentDetails,status,id"))
					got, _ := fits("videos", ask("videos", "id", strings.Join(ids, ","), "part", "snippet,contentDetails,statistics,status,liveStreamingDetails,paidProductPlacementDetails,player,topicDetails,id"))
					fits("videos:batchGetStats", ask("videos:batchGetStats", "id", strings.Join(ids, ","), "part", "snippet,contentDetails,statistics"))
					looks += len(got)
					if next = after; next == "" {
						break
					}
				}
			}
		}
	}
	if looks < 7000 {
		t.Errorf("only %d videos were looked at", looks)
	}
}

// recordings are the bodies of real answers.
func recordings(t *testing.T, name string) any {
	t.Helper()
	var body any
	readJSON(t, filepath.Join("../../youtube/testdata", name), &body)
	return body
}

// The real answers fit too, so the test of ours means something.
func TestRecordingsFitTheContract(t *testing.T) {
	c := readContract(t)
	var reports contract
	readJSON(t, "testdata/analytics.json", &reports)
	files, err := filepath.Glob("../../youtube/testdata/*-200.json")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d recordings, %v", len(files), err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		call, _, _ := strings.Cut(name, "-")
		switch call {
		case "playlistitems":
			call = "playlistItems"
		case "commentthreads":
			call = "commentThreads"
		case "analytics":
			reports.check(t, reports["QueryResponse"], name, recordings(t, name))
			continue
		}
		c.check(t, c[answers[call]], name, recordings(t, name))
	}
}

// Our answers have the shape of real ones, but for what is listed.
func TestShapesAreThoseRecorded(t *testing.T) {
	s := start(t, youtube.Options{})
	a := s.account("governosp.sandbox")
	var complete []string
	for _, p := range s.World.Posts(a.Handle, june) {
		if len(s.World.Told(a, p, "videos")) == 3 {
			complete = append(complete, p.PostID)
		}
	}
	tests := []struct {
		file  string
		got   reply
		extra []string // what the recording does not have
		less  []string // what it has and we do not
	}{
		{"channels-multi-200.json", s.get("channels", "id", a.PlatformID, "part", "snippet,contentDetails,statistics,brandingSettings"),
			[]string{"items[].snippet.country", "items[].brandingSettings.channel.country"},
			[]string{"items[].brandingSettings.image", "items[].brandingSettings.image.bannerExternalUrl", "items[].brandingSettings.channel.keywords", "items[].brandingSettings.channel.trackingAnalyticsAccountId", "items[].brandingSettings.channel.unsubscribedTrailer"}},
		{"channels-statistics-200.json", s.get("channels", "id", a.PlatformID, "part", "statistics"), nil, []string{"items[].statistics.commentCount"}}, // gone since
		{"channels-unknown-id-200.json", s.get("channels", "id", "UCnobody", "part", "snippet"), nil, []string{"items"}},                                // left out since
		{"playlistitems-page1-200.json", s.get("playlistItems", "playlistId", uploads(a), "part", "snippet"),
			[]string{"items[].snippet.videoOwnerChannelId", "items[].snippet.videoOwnerChannelTitle"}, nil}, // there since 2020
		{"videos-statistics-200.json", s.get("videos", "id", complete[0], "part", "statistics"), nil, []string{"items[].statistics.dislikeCount"}}, // owners only, since 2021
		{"videos-one-invalid-id-200.json", s.get("videos", "id", complete[0]+",invalid", "part", "snippet"), []string{"items[].snippet.defaultLanguage"}, nil},
		{"videos-unknown-id-200.json", s.get("videos", "id", "not-a-video-id", "part", "statistics"), nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			var body any
			tt.got.decode(t, &body)
			got, want := make(map[string]string), make(map[string]string)
			shape(body, "", got)
			shape(recordings(t, tt.file), "", want)
			for _, path := range slices.Sorted(maps.Keys(want)) {
				picture := strings.Contains(path, "thumbnails.standard") || strings.Contains(path, "thumbnails.maxres")
				if got[path] != want[path] && !slices.Contains(tt.less, path) && !picture {
					t.Errorf("%s: got %q, recorded %q", path, got[path], want[path])
				}
			}
			for _, path := range slices.Sorted(maps.Keys(got)) {
				if want[path] == "" && !slices.Contains(tt.extra, path) {
					t.Errorf("%s was not recorded", path)
				}
			}
		})
	}
}

// shape notes the type at every path of a JSON value.
func shape(v any, path string, to map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		if path != "" {
			to[path], path = "object", path+"."
		}
		for k, x := range v {
			shape(x, path+k, to)
		}
	case []any:
		to[path] = "array"
		for _, x := range v {
			shape(x, path+"[]", to)
		}
	default:
		to[path] = fmt.Sprintf("%T", v)
	}
}

// Refusals are, word for word, those that were recorded.
func TestRefusalsAreThoseRecorded(t *testing.T) {
	s := start(t, youtube.Options{})
	tests := []struct {
		file   string
		status int
		got    reply
	}{
		{"error-key-invalid-400.json", http.StatusBadRequest, s.send("channels?part=id&id=UC1", "X-Goog-Api-Key", "AIzaWrong")},
		{"channels-autherror-401.json", http.StatusUnauthorized, s.send("channels?part=id&mine=true", "Authorization", "Bearer ya29.old")},
	}
	for _, tt := range tests {
		var body any
		if err := json.Unmarshal(tt.got.body, &body); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(recordings(t, tt.file), body); diff != "" || tt.got.StatusCode != tt.status {
			t.Errorf("%s: status %d (-recorded +got):\n%s", tt.file, tt.got.StatusCode, diff)
		}
	}
	if h := tests[1].got.Header.Get("WWW-Authenticate"); h != `Bearer realm="https://accounts.google.com/", error=invalid_token` {
		t.Errorf("WWW-Authenticate of a dead token: got %q", h)
	}
	var recorded struct {
		Error struct {
			Errors []struct{ Domain, Reason, LocationType, Location string }
		}
	}
	readJSON(t, "../../youtube/testdata/commentthreads-missing-filter-400.json", &recorded)
	e := s.get("videos", "part", "snippet").error(t)
	if want := recorded.Error.Errors[0]; e.Domain != want.Domain || e.Reason != want.Reason || e.LocationType != want.LocationType || e.Location != want.Location || e.Status != 400 {
		t.Errorf("no filter: got %+v, recorded %+v", e, want)
	}
}
