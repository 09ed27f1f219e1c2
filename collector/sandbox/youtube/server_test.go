package youtube_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/sandboxtest"
	"github.com/hamawaz/hamawaz/collector/sandbox/youtube"
)

// service is a started server with its clock.
type service struct {
	*sandboxtest.YouTube
	clock *sandboxtest.Clock
	t     testing.TB
}

func start(t testing.TB, o youtube.Options) *service {
	t.Helper()
	clock := sandboxtest.NewClock(june)
	o.Now = clock.Now
	return &service{sandboxtest.StartYouTube(t, o), clock, t}
}

// account returns one of the world's channels.
func (s *service) account(handle string) sandbox.Account {
	s.t.Helper()
	all := s.World.Accounts()
	i := slices.IndexFunc(all, func(a sandbox.Account) bool { return a.Handle == handle })
	if i < 0 {
		s.t.Fatalf("no channel %s", handle)
	}
	return all[i]
}

// uploads returns the id of a channel's list of uploads.
func uploads(a sandbox.Account) string { return "UU" + a.PlatformID[2:] }

// reply is an answer with its body read.
type reply struct {
	*http.Response
	body []byte
}

// get asks with the key; pairs are names and values of parameters.
func (s *service) get(call string, pairs ...string) reply {
	s.t.Helper()
	return s.send(call+"?"+query(pairs), "X-Goog-Api-Key", s.Key())
}

// ownerOf returns what asks with the token of a channel's owner.
func (s *service) ownerOf(handle string) func(call string, pairs ...string) reply {
	return func(call string, pairs ...string) reply {
		s.t.Helper()
		return s.send(call+"?"+query(pairs), "Authorization", "Bearer "+s.OwnerToken(handle))
	}
}

func query(pairs []string) string {
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		q.Add(pairs[i], pairs[i+1])
	}
	return q.Encode()
}

// send asks for a path with headers, names and values in turn.
func (s *service) send(path string, headers ...string) reply {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.URL+"/youtube/v3/"+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return s.do(req)
}

func (s *service) do(req *http.Request) reply {
	s.t.Helper()
	res, err := s.Client().Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return reply{res, body}
}

func (r reply) decode(t testing.TB, to any) {
	t.Helper()
	if r.StatusCode != http.StatusOK {
		t.Fatalf("status %d: %s", r.StatusCode, r.body)
	}
	if err := json.Unmarshal(r.body, to); err != nil {
		t.Fatalf("%v in %.200s", err, r.body)
	}
}

// apiError is an error answer, as much of it as tests look at.
type apiError struct {
	Status                                          int
	Domain, Reason, Message, LocationType, Location string
	Word, Info                                      string // of newer fronts
}

func (r reply) error(t testing.TB) apiError {
	t.Helper()
	var e struct {
		Error struct {
			Code    int
			Message string
			Status  string
			Errors  []apiError
			Details []struct{ Reason string }
		}
	}
	if err := json.Unmarshal(r.body, &e); err != nil {
		t.Fatalf("%v in %.200s", err, r.body)
	}
	if e.Error.Code != r.StatusCode || len(e.Error.Errors) != 1 || e.Error.Errors[0].Message != e.Error.Message || e.Error.Message == "" {
		t.Errorf("error answer with status %d is not as it should be: %s", r.StatusCode, r.body)
		return apiError{Status: r.StatusCode}
	}
	out := e.Error.Errors[0]
	out.Status, out.Word = r.StatusCode, e.Error.Status
	for _, d := range e.Error.Details {
		out.Info = d.Reason
	}
	return out
}

// listing is an answer of any of the calls.
type listing struct {
	ETag     string
	Next     string `json:"nextPageToken"`
	Prev     string `json:"prevPageToken"`
	PageInfo struct{ TotalResults, ResultsPerPage int }
	Items    []item
}

type item struct {
	ID      string
	Snippet struct {
		PublishedAt, Title, Description, CustomURL, ChannelID, LiveBroadcastContent string
		Position                                                                    int
		PublishTime                                                                 string
		Resource                                                                    struct{ VideoID string } `json:"resourceId"`
	}
	ContentDetails struct {
		VideoID, VideoPublishedAt, Duration string
		RelatedPlaylists                    map[string]string
	}
	Status struct{ PrivacyStatus, UploadStatus, PublishAt string }

	Statistics           map[string]any
	LiveStreamingDetails map[string]string
}

func (l *listing) ids() []string {
	var ids []string
	for _, i := range l.Items {
		ids = append(ids, i.ID)
	}
	return ids
}

func (s *service) list(call string, pairs ...string) *listing {
	s.t.Helper()
	l := new(listing)
	s.get(call, pairs...).decode(s.t, l)
	return l
}

// walk reads the whole list of a channel's uploads, and with each page its
// videos.
func (s *service) walk(a sandbox.Account, ask func(string, ...string) reply) (listed, videos []item) {
	s.t.Helper()
	next := ""
	for {
		var l, v listing
		ask("playlistItems", "playlistId", uploads(a), "maxResults", "50", "pageToken", next, "part", "snippet,contentDetails,status").decode(s.t, &l)
		var ids []string
		for _, i := range l.Items {
			ids = append(ids, i.ContentDetails.VideoID)
		}
		ask("videos", "id", strings.Join(ids, ","), "part", "snippet,contentDetails,status,statistics,liveStreamingDetails").decode(s.t, &v)
		listed, videos = append(listed, l.Items...), append(videos, v.Items...)
		if next = l.Next; next == "" {
			return listed, videos
		}
	}
}

// The list and its videos give every post once, with the counters that the
// world tells, of the second that the Date header names.
func TestWalk(t *testing.T) {
	s := start(t, youtube.Options{})
	for _, a := range s.World.Accounts() {
		listed, videos := s.walk(a, s.get)
		got := make(map[string]item)
		for _, v := range videos {
			if v.Snippet.LiveBroadcastContent != "upcoming" {
				got[v.ID] = v
			}
		}
		posts := s.World.Posts(a.Handle, june)
		if len(got) != len(posts) || len(listed) <= len(posts) {
			t.Errorf("%s: %d items listed, %d videos out, want %d", a.Handle, len(listed), len(got), len(posts))
		}
		for i, l := range listed {
			if l.Snippet.Position != i || l.Snippet.Resource.VideoID != l.ContentDetails.VideoID {
				t.Fatalf("item %d of %s: %+v", i, a.Handle, l)
			}
			if i > 0 && l.Snippet.PublishedAt[:19] > listed[i-1].Snippet.PublishedAt[:19] {
				t.Fatalf("item %d of %s was added after the one above it", i, a.Handle)
			}
		}
		for _, p := range posts {
			v := got[p.PostID]
			at, err := time.Parse(time.RFC3339Nano, v.Snippet.PublishedAt)
			if err != nil || !at.Equal(p.PublishedAt) || v.Snippet.Title+"\n\n"+v.Snippet.Description != p.Text || v.Status.PrivacyStatus != "public" {
				t.Fatalf("video %s: got %+v, want %+v", p.PostID, v, p)
			}
			truth, _ := s.World.Truth(a.Handle, p.PostID, june)
			told := s.World.Told(a, p, "videos")
			for name, c := range map[string]struct {
				word string
				n    *int64
			}{"viewCount": {"views", truth.Views}, "likeCount": {"reactions", truth.Reactions}, "commentCount": {"comments", truth.Comments}} {
				var want any // a count is a string, and missing when it is hidden
				if slices.Contains(told, c.word) {
					want = strconv.FormatInt(*c.n, 10)
				}
				if v.Statistics[name] != want {
					t.Fatalf("%s of %s: got %v, want %v", name, p.PostID, v.Statistics[name], want)
				}
			}
			if v.Statistics["favoriteCount"] != "0" || v.Statistics["dislikeCount"] != nil {
				t.Fatalf("statistics of %s: %v", p.PostID, v.Statistics)
			}
		}
	}
	if h := s.get("channels", "part", "id", "id", "UC1").Header; h.Get("Date") != june.Format(http.TimeFormat) {
		t.Errorf("Date: got %q, want the sandbox's second", h.Get("Date"))
	}
}

func TestPages(t *testing.T) {
	s := start(t, youtube.Options{})
	a := s.account("governoro.sandbox")
	ask := []string{"playlistId", uploads(a), "part", "contentDetails"}
	with := func(pairs ...string) []string { return append(slices.Clone(ask), pairs...) }
	first := s.list("playlistItems", with()...)
	if len(first.Items) != 5 || first.PageInfo.ResultsPerPage != 5 || first.Next == "" || first.Prev != "" {
		t.Fatalf("first page by default: %+v", first)
	}
	second := s.list("playlistItems", with("pageToken", first.Next)...)
	if second.Prev == "" || second.Items[0].ID == first.Items[0].ID {
		t.Errorf("second page: %+v", second)
	}
	if back := s.list("playlistItems", with("pageToken", second.Prev)...); !slices.Equal(back.ids(), first.ids()) {
		t.Errorf("page before the second: got %v, want %v", back.ids(), first.ids())
	}
	if none := s.list("playlistItems", with("maxResults", "0")...); len(none.Items) != 0 || none.PageInfo.TotalResults != first.PageInfo.TotalResults {
		t.Errorf("maxResults=0: %+v", none)
	}
	if one := s.list("playlistItems", with("videoId", first.Items[3].ContentDetails.VideoID)...); len(one.Items) != 1 || one.Items[0].ID != first.Items[3].ID {
		t.Errorf("videoId: %+v", one)
	}
	// The token is bound to the parameters, but not to who asks or how lists are written.
	other := s.account("governosp.sandbox")
	for name, q := range map[string][]string{
		"another list":     {"playlistId", uploads(other), "part", "contentDetails", "pageToken", first.Next},
		"another size":     with("maxResults", "6", "pageToken", first.Next),
		"other parts":      {"playlistId", uploads(a), "part", "snippet", "pageToken", first.Next},
		"no token at all":  with("pageToken", "CAUQAA"),
		"a token and more": with("pageToken", first.Next+"A"),
	} {
		want := apiError{Status: 400, Domain: "youtube.parameter", Reason: "invalidPageToken", Message: "The request specifies an invalid page token.", LocationType: "parameter", Location: "pageToken"}
		if e := s.get("playlistItems", q...).error(t); e != want {
			t.Errorf("page token, %s: got %+v", name, e)
		}
	}
	var l listing
	if s.ownerOf("governosc.sandbox")("playlistItems", with("pageToken", first.Next)...).decode(t, &l); !slices.Equal(l.ids(), second.ids()) {
		t.Errorf("page token shown with another credential: got %v", l.ids())
	}
	s.Faults.ExpirePageTokens()
	if e := s.get("playlistItems", with("pageToken", first.Next)...).error(t); e.Reason != "invalidPageToken" {
		t.Errorf("page token that has expired: got %+v", e)
	}
	if again := s.list("playlistItems", with()...); again.Next == first.Next {
		t.Error("page tokens after they expired are the same")
	}
}

func TestLists(t *testing.T) {
	s := start(t, youtube.Options{})
	a := s.account("governopr.sandbox")
	posts := s.World.Posts(a.Handle, june)
	ids := []string{posts[3].PostID, posts[0].PostID, posts[7].PostID}
	want := s.list("videos", "id", strings.Join(ids, ","), "part", "id,snippet")
	if !slices.Equal(want.ids(), ids) || want.PageInfo.TotalResults != 3 || want.Items[0].Snippet.Title == "" || want.Items[0].Statistics != nil {
		t.Errorf("three ids: %+v", want)
	}
	apart := []string{"part", "snippet", "part", "id"}
	for _, id := range ids {
		apart = append(apart, "id", id)
	}
	for name, q := range map[string][]string{
		"apart":            apart,
		"twice":            {"part", "snippet", "id", ids[0] + "," + ids[1] + "," + ids[0] + "," + ids[2]},
		"with unknown ids": {"part", "snippet", "id", "nobody," + ids[0] + "," + ids[1] + ",," + ids[2] + ",UC1"},
	} {
		got := s.list("videos", q...)
		if d := cmp.Diff(want.Items, got.Items); d != "" {
			t.Errorf("ids %s (-want +got):\n%s", name, d)
		}
	}
	if r := s.get("videos", "id", "nobody,noone", "part", "snippet"); !strings.HasSuffix(string(r.body), `"pageInfo":{"totalResults":0,"resultsPerPage":0},"items":[]}`) {
		t.Errorf("unknown videos: %s", r.body)
	}
	if r := s.get("channels", "id", "UCnobody", "part", "snippet"); !strings.HasSuffix(string(r.body), `"pageInfo":{"totalResults":0,"resultsPerPage":5}}`) {
		t.Errorf("unknown channel: %s", r.body)
	}
	if got := s.list("videos:batchGetStats", "id", strings.Join(ids, ",")+",nobody", "part", "statistics,snippet,contentDetails"); !slices.Equal(got.ids(), ids) || got.Items[0].Snippet.PublishTime == "" || !strings.HasSuffix(got.Items[0].ContentDetails.Duration, "s") {
		t.Errorf("figures: %+v", got)
	}
}

func TestChannels(t *testing.T) {
	s := start(t, youtube.Options{})
	all := s.World.Accounts()
	var ids []string
	for _, a := range all {
		ids = append(ids, a.PlatformID)
	}
	l := s.list("channels", "id", strings.Join(ids, ","), "part", "statistics,snippet,contentDetails")
	if !slices.Equal(l.ids(), ids) {
		t.Fatalf("channels: got %v, want %v", l.ids(), ids)
	}
	for i, a := range all {
		p, stats := s.World.Profile(a.Handle, june), l.Items[i].Statistics
		want := map[string]any{"viewCount": strconv.FormatInt(*p.Views, 10), "videoCount": strconv.FormatInt(*p.Posts, 10), "hiddenSubscriberCount": p.Followers == nil}
		if p.Followers != nil {
			want["subscriberCount"] = strconv.FormatInt(*p.Followers, 10)
		}
		if d := cmp.Diff(want, stats); d != "" {
			t.Errorf("statistics of %s (-want +got):\n%s", a.Handle, d)
		}
		if x := l.Items[i]; x.Snippet.Description != a.Bio || x.Snippet.Title != a.Name || x.Snippet.CustomURL != "@"+a.Handle || x.ContentDetails.RelatedPlaylists["uploads"] != uploads(a) || x.ContentDetails.RelatedPlaylists["likes"] != "" {
			t.Errorf("channel %s: %+v", a.Handle, x)
		}
	}
	one := func(name string, got *listing, want ...string) {
		t.Helper()
		if !slices.Equal(got.ids(), want) {
			t.Errorf("channels by %s: got %v, want %v", name, got.ids(), want)
		}
	}
	one("handle", s.list("channels", "forHandle", "@GovernoSP.sandbox", "part", "id"), s.account("governosp.sandbox").PlatformID)
	one("handle without @", s.list("channels", "forHandle", "governosp.sandbox", "part", "id"), s.account("governosp.sandbox").PlatformID)
	one("unknown handle", s.list("channels", "forHandle", "@nobody", "part", "id"))
	one("old name", s.list("channels", "forUsername", "sandboxparana", "part", "id"), s.account("governopr.sandbox").PlatformID)
	one("unknown old name", s.list("channels", "forUsername", "nobody", "part", "id"))
	var mine listing
	s.ownerOf("governosc.sandbox")("channels", "mine", "true", "part", "id,contentDetails").decode(t, &mine)
	one("owner", &mine, s.account("governosc.sandbox").PlatformID)
	if mine.Items[0].ContentDetails.RelatedPlaylists["likes"] != "LL" {
		t.Errorf("owner's lists: %v", mine.Items[0].ContentDetails.RelatedPlaylists)
	}
	page := s.list("channels", "id", strings.Join(ids, ","), "part", "id", "maxResults", "2")
	if len(page.Items) != 2 || page.Next == "" || page.PageInfo.TotalResults != 5 {
		t.Errorf("two channels of five: %+v", page)
	}
}

func TestErrors(t *testing.T) {
	s := start(t, youtube.Options{})
	video := s.World.Posts("governosp.sandbox", june)[0].PostID
	parameter := func(reason, location, message string) apiError {
		return apiError{Status: 400, Domain: "youtube.parameter", Reason: reason, Message: message, LocationType: "parameter", Location: location}
	}
	many := strings.Repeat("a,b,", 10)
	for i := range 50 {
		many += "id" + strconv.Itoa(i) + ","
	}
	tests := []struct {
		name string
		got  reply
		want apiError
	}{
		{"no part", s.get("videos", "id", video), parameter("missingRequiredParameter", "part", "Required parameter: part")},
		{"unknown part", s.get("videos", "id", video, "part", "snippet,nonsense"), apiError{Status: 400, Domain: "youtube.part", Reason: "unknownPart", Message: "'nonsense'", LocationType: "parameter", Location: "part"}},
		{"part of another call", s.get("channels", "id", "UC1", "part", "liveStreamingDetails"), apiError{Status: 400, Domain: "youtube.part", Reason: "unknownPart", Message: "'liveStreamingDetails'", LocationType: "parameter", Location: "part"}},
		{"no filter", s.get("channels", "part", "id"), parameter("missingRequiredParameter", "", "No filter selected. Expected one of: id, mine, forHandle, managedByMe, forUsername, categoryId")},
		{"no list", s.get("playlistItems", "part", "id"), parameter("missingRequiredParameter", "", "No filter selected. Expected one of: id, playlistId")},
		{"two filters", s.get("channels", "part", "id", "id", "UC1", "forHandle", "@x"), parameter("incompatibleParameters", "id", "Incompatible parameters specified in the request: id, forHandle")},
		{"too many ids", s.get("videos", "part", "id", "id", many), parameter("invalidParameter", "id", "The request specifies more than 50 ids.")},
		{"too large a page", s.get("playlistItems", "part", "id", "playlistId", uploads(s.account("governosp.sandbox")), "maxResults", "51"),
			parameter("invalidParameter", "maxResults", "Invalid value '51'. Values must be within the range: [0, 50]")},
		{"size is no number", s.get("channels", "part", "id", "id", "UC1", "maxResults", "x"), parameter("invalidParameter", "maxResults", "Invalid value 'x'. Values must be within the range: [0, 50]")},
		{"unknown playlist", s.get("playlistItems", "part", "id", "playlistId", "PLnobody"), apiError{Status: 404, Domain: "youtube.playlistItem", Reason: "playlistNotFound",
			Message: "The playlist identified with the request's <code>playlistId</code> parameter cannot be found.", LocationType: "parameter", Location: "playlistId"}},
		{"mine with a key", s.get("channels", "part", "id", "mine", "true"), apiError{Status: 401, Domain: "youtube.parameter", Reason: "authorizationRequired",
			Message: "The request uses the <code>mine</code> parameter but is not properly authorized.", LocationType: "parameter", Location: "mine"}},
		{"part for owners", s.get("videos", "part", "fileDetails", "id", video), apiError{Status: 403, Domain: "youtube.video", Reason: "forbidden",
			Message: "The request cannot access the part fileDetails of the video.", LocationType: "parameter", Location: "part"}},
		{"no key", s.send("channels?part=id&id=UC1"), apiError{Status: 403, Domain: "global", Reason: "forbidden", Message: "The request is missing a valid API key."}},
		{"wrong key", s.send("channels?part=id&id=UC1&key=AIzaWrong"), apiError{Status: 400, Domain: "usageLimits", Reason: "keyInvalid", Message: "Bad Request"}},
		{"token of a channel whose owner gave none", s.ownerOf("governosp.sandbox")("channels", "part", "id", "mine", "true"),
			apiError{Status: 401, Domain: "global", Reason: "authError", Message: "Invalid Credentials", LocationType: "header", Location: "Authorization"}},
		{"wrong token beside a right key", s.send("channels?part=id&id=UC1&key="+s.Key(), "Authorization", "Bearer x"),
			apiError{Status: 401, Domain: "global", Reason: "authError", Message: "Invalid Credentials", LocationType: "header", Location: "Authorization"}},
		{"unknown call", s.get("search", "part", "id"), apiError{Status: 404, Domain: "global", Reason: "notFound", Message: "Method not found."}},
	}
	for _, tt := range tests {
		if e := tt.got.error(t); e != tt.want {
			t.Errorf("%s:\n got %+v\nwant %+v", tt.name, e, tt.want)
		}
	}
	for _, path := range []string{"channels?part=id&id=UC1&key=" + s.Key(), "channels?part=id&id=UC1&access_token=" + s.OwnerToken("governopr.sandbox")} {
		if r := s.send(path); r.StatusCode != http.StatusOK {
			t.Errorf("credential in the address: status %d", r.StatusCode)
		}
	}
	if req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/youtube/v3/videos?part=id&key="+s.Key(), nil); err != nil || s.do(req).StatusCode != http.StatusNotFound {
		t.Error("POST is not refused")
	}
}

// Newer fronts say more, and call an invalid key just a bad request.
func TestErrorDetails(t *testing.T) {
	s := start(t, youtube.Options{Details: true, Units: 1})
	e := s.send("channels?part=id&id=UC1&key=AIzaWrong").error(t)
	if want := (apiError{Status: 400, Domain: "global", Reason: "badRequest", Message: "API key not valid. Please pass a valid API key.", Word: "INVALID_ARGUMENT", Info: "API_KEY_INVALID"}); e != want {
		t.Errorf("wrong key: got %+v, want %+v", e, want)
	}
	s.get("channels", "part", "id", "id", "UC1")
	r := s.get("channels", "part", "id", "id", "UC1")
	if e := r.error(t); e.Status != 403 || e.Reason != "quotaExceeded" || e.Word != "RESOURCE_EXHAUSTED" || e.Info != "RATE_LIMIT_EXCEEDED" || !strings.Contains(string(r.body), `"quota_unit":"1/d/{project}"`) {
		t.Errorf("quota: got %s", r.body)
	}
}

// Every call costs a unit, also one that is refused or not modified, and a new
// day begins at midnight in California.
func TestQuota(t *testing.T) {
	s := start(t, youtube.Options{Units: 5, BatchUnits: 1})
	good := func() reply { return s.get("channels", "part", "id", "id", "UC1") }
	etag := good().Header.Get("ETag")
	s.get("channels", "part", "nonsense")
	s.send("channels?part=id&id=UC1", "X-Goog-Api-Key", "AIzaWrong") // costs nobody anything
	if r := s.send("channels?part=id&id=UC1", "X-Goog-Api-Key", s.Key(), "If-None-Match", etag); r.StatusCode != http.StatusNotModified {
		t.Errorf("If-None-Match: status %d", r.StatusCode)
	}
	s.ownerOf("governopr.sandbox")("channels", "part", "id", "mine", "true")
	good()
	if n := s.UnitsUsed(); n != 5 {
		t.Errorf("UnitsUsed: got %d, want 5", n)
	}
	want := apiError{Status: 403, Domain: "youtube.quota", Reason: "quotaExceeded",
		Message: `The request cannot be completed because you have exceeded your <a href="/youtube/v3/getting-started#quota">quota</a>.`}
	if e := good().error(t); e != want {
		t.Errorf("the sixth call: got %+v", e)
	}
	stats := func() reply { return s.get("videos:batchGetStats", "part", "statistics", "id", "x") }
	if r := stats(); r.StatusCode != http.StatusOK {
		t.Errorf("batchGetStats with its own bucket: status %d", r.StatusCode)
	}
	if e := stats().error(t); e.Reason != "quotaExceeded" {
		t.Errorf("the second batchGetStats: got %+v", e)
	}
	s.clock.Set(time.Date(2024, 6, 2, 6, 59, 59, 0, time.UTC)) // summer time: UTC−7
	if e := good().error(t); e != want {
		t.Errorf("a second before midnight: got %+v", e)
	}
	s.clock.Advance(time.Second)
	if r := good(); r.StatusCode != http.StatusOK || s.UnitsUsed() != 1 {
		t.Errorf("at midnight: status %d, %d used", r.StatusCode, s.UnitsUsed())
	}
}

func TestETags(t *testing.T) {
	s := start(t, youtube.Options{})
	a := s.account("governosp.sandbox")
	ask := func(known string) reply {
		return s.send("channels?part=statistics&id="+a.PlatformID, "X-Goog-Api-Key", s.Key(), "If-None-Match", known)
	}
	r := ask("")
	var l listing
	r.decode(t, &l)
	if want := strconv.Quote(l.ETag); len(l.ETag) != 27 || r.Header.Get("ETag") != want {
		t.Errorf("etag %q, header %q", l.ETag, r.Header.Get("ETag"))
	}
	for _, known := range []string{strconv.Quote(l.ETag), `"other", W/"` + l.ETag + `"`, "*"} {
		if r := ask(known); r.StatusCode != http.StatusNotModified || len(r.body) != 0 {
			t.Errorf("If-None-Match %s: status %d, body %q", known, r.StatusCode, r.body)
		}
	}
	s.clock.Advance(24 * time.Hour)
	if r := ask(strconv.Quote(l.ETag)); r.StatusCode != http.StatusOK {
		t.Errorf("a day later: status %d", r.StatusCode)
	}
}

// An upload that waits for its day is in the list as a private video, below
// what was added after it, and comes out there.
func TestScheduled(t *testing.T) {
	s := start(t, youtube.Options{Units: 1 << 30})
	a := s.account("governosc.sandbox")
	var listed []item
	var waiting item
	for day := 0; waiting.ID == "" && day < 60; day++ {
		s.clock.Set(june.AddDate(0, 0, day))
		var videos []item
		listed, videos = s.walk(a, s.ownerOf(a.Handle))
		for _, v := range videos {
			if v.Status.PublishAt != "" {
				waiting = v
			}
		}
	}
	if waiting.ID == "" || waiting.Status.PrivacyStatus != "private" || waiting.Snippet.Title == "" {
		t.Fatalf("no video waits for its day: %+v", waiting)
	}
	due, err := time.Parse(time.RFC3339Nano, waiting.Status.PublishAt)
	if err != nil || !due.After(s.clock.Now()) {
		t.Fatalf("publishAt of %s: %q", waiting.ID, waiting.Status.PublishAt)
	}
	at := slices.IndexFunc(listed, func(i item) bool { return i.ContentDetails.VideoID == waiting.ID })
	if listed[at].Snippet.Title != waiting.Snippet.Title || listed[at].Status.PrivacyStatus != "private" {
		t.Errorf("owner's item: %+v", listed[at])
	}
	public, seen := s.walk(a, s.get)
	if i := public[at]; i.Snippet.Title != "Private video" || i.ContentDetails.VideoPublishedAt != "" || i.Status.PrivacyStatus != "private" {
		t.Errorf("anyone's item: %+v", i)
	}
	if len(public) != len(listed) || slices.ContainsFunc(seen, func(v item) bool { return v.ID == waiting.ID }) {
		t.Error("anyone sees the private video")
	}
	for _, offset := range []time.Duration{-time.Second, 0} {
		s.clock.Set(due.Add(offset))
		l := s.list("videos", "id", waiting.ID, "part", "status,snippet")
		if out := offset == 0; out != (len(l.Items) == 1) || out != s.hasPost(a, waiting.ID) {
			t.Errorf("%s from its moment: %+v", offset, l)
		}
	}
	public, _ = s.walk(a, s.get)
	at = slices.IndexFunc(public, func(i item) bool { return i.ContentDetails.VideoID == waiting.ID })
	if i := public[at]; i.Snippet.Title != waiting.Snippet.Title || i.ContentDetails.VideoPublishedAt == "" || i.Snippet.PublishedAt[:19] >= i.ContentDetails.VideoPublishedAt[:19] {
		t.Errorf("item of a video that came out: %+v", i)
	}
}

func (s *service) hasPost(a sandbox.Account, id string) bool {
	return slices.ContainsFunc(s.World.Posts(a.Handle, s.clock.Now()), func(p sandbox.Post) bool { return p.PostID == id })
}

// streamOf returns the beginning of a stream.
func streamOf(t testing.TB, w *youtube.World) time.Time {
	t.Helper()
	return stream(t, w).PublishedAt
}

func stream(t testing.TB, w *youtube.World) sandbox.Post {
	t.Helper()
	for _, p := range w.Posts("governosp.sandbox", june) {
		if truth, _ := w.Truth("governosp.sandbox", p.PostID, p.PublishedAt); truth.Platform["concurrentViewers"] > 0 {
			return p
		}
	}
	t.Fatal("no stream")
	return sandbox.Post{}
}

// A stream is announced, goes on with so many looking on, and is a video then.
func TestStream(t *testing.T) {
	s := start(t, youtube.Options{})
	p := stream(t, s.World)
	look := func(at time.Time) item {
		s.clock.Set(at)
		l := s.list("videos", "id", p.PostID, "part", "snippet,contentDetails,status,statistics,liveStreamingDetails")
		if len(l.Items) != 1 {
			t.Fatalf("stream at %s: %+v", at, l)
		}
		return l.Items[0]
	}
	before := look(p.PublishedAt.Add(-10 * time.Minute))
	if d := before.LiveStreamingDetails; before.Snippet.LiveBroadcastContent != "upcoming" || before.ContentDetails.Duration != "P0D" || before.Status.PrivacyStatus != "public" ||
		d["scheduledStartTime"] == "" || d["actualStartTime"] != "" || d["concurrentViewers"] != "" || s.hasPost(s.account("governosp.sandbox"), p.PostID) {
		t.Errorf("announced: %+v", before)
	}
	now := look(p.PublishedAt.Add(10 * time.Minute))
	truth, _ := s.World.Truth("governosp.sandbox", p.PostID, p.PublishedAt.Add(10*time.Minute))
	if d := now.LiveStreamingDetails; now.Snippet.LiveBroadcastContent != "live" || now.ContentDetails.Duration != "P0D" || d["actualStartTime"] == "" || d["actualEndTime"] != "" ||
		d["concurrentViewers"] != fmt.Sprint(truth.Platform["concurrentViewers"]) {
		t.Errorf("live: %+v", now)
	}
	after := look(p.PublishedAt.Add(24 * time.Hour))
	if d := after.LiveStreamingDetails; after.Snippet.LiveBroadcastContent != "none" || !strings.HasPrefix(after.ContentDetails.Duration, "PT") || d["actualEndTime"] == "" || d["concurrentViewers"] != "" {
		t.Errorf("over: %+v", after)
	}
}

// A channel without an upload names a list that does not exist.
func TestNoUploads(t *testing.T) {
	s := start(t, youtube.Options{})
	s.clock.Set(newYear.AddDate(0, -1, 0))
	a := s.account("governosp.sandbox")
	l := s.list("channels", "id", a.PlatformID, "part", "contentDetails,statistics")
	if l.Items[0].ContentDetails.RelatedPlaylists["uploads"] != uploads(a) || l.Items[0].Statistics["videoCount"] != "0" {
		t.Errorf("channel before its first video: %+v", l.Items[0])
	}
	if e := s.get("playlistItems", "playlistId", uploads(a), "part", "id").error(t); e.Status != 404 || e.Reason != "playlistNotFound" {
		t.Errorf("its list: %+v", e)
	}
}

func TestOwnersSeeMore(t *testing.T) {
	s := start(t, youtube.Options{})
	owner := s.ownerOf("governopr.sandbox")
	for _, a := range s.World.Accounts() {
		id, own := s.World.Posts(a.Handle, june)[0].PostID, a.Handle == "governopr.sandbox"
		var l listing
		owner("videos", "id", id, "part", "statistics").decode(t, &l)
		if _, told := l.Items[0].Statistics["dislikeCount"]; told != own {
			t.Errorf("dislikes of %s told: %v", a.Handle, told)
		}
		if r := owner("videos", "id", id, "part", "fileDetails"); (r.StatusCode == http.StatusOK) != own {
			t.Errorf("owner's part of %s: status %d", a.Handle, r.StatusCode)
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	s := start(t, youtube.Options{})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			a := s.World.Accounts()[i%5]
			for range 20 {
				if r := s.get("playlistItems", "playlistId", uploads(a), "part", "snippet", "maxResults", "50"); r.StatusCode != http.StatusOK {
					t.Errorf("status %d", r.StatusCode)
				}
				s.Faults.HideLikes("x" + strconv.Itoa(i))
			}
		})
	}
	wg.Wait()
	if n := s.UnitsUsed(); n != 160 {
		t.Errorf("UnitsUsed: got %d, want 160", n)
	}
}
