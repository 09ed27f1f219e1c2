package x_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/sandboxtest"
	"github.com/hamawaz/hamawaz/collector/sandbox/x"
	"github.com/hamawaz/hamawaz/schema"
)

var june = time.Date(2024, 6, 1, 12, 0, 0, 0, time.UTC)

// service is a started server with its clock.
type service struct {
	*sandboxtest.X
	clock *sandboxtest.Clock
	token string // that get sends
	t     testing.TB
}

func start(t testing.TB, o x.Options) *service {
	t.Helper()
	clock := sandboxtest.NewClock(june)
	o.Now = clock.Now
	s := &service{sandboxtest.StartX(t, o), clock, "", t}
	s.token = s.Token()
	return s
}

func (s *service) account(handle string) sandbox.Account {
	s.t.Helper()
	for _, a := range s.World.Accounts() {
		if a.Handle == handle {
			return a
		}
	}
	s.t.Fatalf("no account %s", handle)
	return sandbox.Account{}
}

// reply is an answer with its body read.
type reply struct {
	*http.Response
	body []byte
}

func (s *service) get(path string, pairs ...string) reply {
	s.t.Helper()
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.URL+path+"?"+q.Encode(), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if s.token != "" {
		req.Header.Set("Authorization", "Bearer "+s.token)
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
	if err := json.Unmarshal(r.body, to); err != nil {
		t.Fatalf("%v in %.300s", err, r.body)
	}
}

// answer is what tests look at of any answer.
type answer struct {
	Data   json.RawMessage
	Errors []struct {
		Title, Detail, Type, Parameter, Value, Section, Field, Message string

		ResourceID   string `json:"resource_id"`
		ResourceType string `json:"resource_type"`
		Parameters   map[string][]string
	}
	Meta *struct {
		Count    int    `json:"result_count"`
		Newest   string `json:"newest_id"`
		Oldest   string `json:"oldest_id"`
		Next     string `json:"next_token"`
		Previous string `json:"previous_token"`
	}
	Includes struct {
		Users  []map[string]any
		Tweets []map[string]any
	}
	Title, Type, Detail string
}

func (r reply) answer(t testing.TB) answer {
	t.Helper()
	var a answer
	r.decode(t, &a)
	return a
}

type tweet struct {
	ID, Text string
	Created  time.Time                   `json:"created_at"`
	Edits    []string                    `json:"edit_history_tweet_ids"`
	Public   map[string]int64            `json:"public_metrics"`
	Private  map[string]int64            `json:"non_public_metrics"`
	Organic  map[string]int64            `json:"organic_metrics"`
	Note     *struct{ Text string }      `json:"note_tweet"`
	Of       []struct{ Type, ID string } `json:"referenced_tweets"`
}

func (a answer) tweets(t testing.TB) []tweet {
	t.Helper()
	var list []tweet
	if a.Data != nil {
		if err := json.Unmarshal(a.Data, &list); err != nil {
			t.Fatal(err)
		}
	}
	return list
}

// walk reads a timeline to its end.
func (s *service) walk(id string, pairs ...string) (all []tweet, pages, emptyPages int) {
	s.t.Helper()
	token := ""
	for {
		query := pairs
		if token != "" {
			query = append(slices.Clone(pairs), "pagination_token", token)
		}
		r := s.get("/2/users/"+id+"/tweets", query...)
		if r.StatusCode != http.StatusOK {
			s.t.Fatalf("status %d: %s", r.StatusCode, r.body)
		}
		a := r.answer(s.t)
		list := a.tweets(s.t)
		if a.Meta.Count != len(list) {
			s.t.Fatalf("result_count %d of %d posts", a.Meta.Count, len(list))
		}
		pages++
		if len(list) == 0 {
			emptyPages++
			if a.Data != nil || token != "" && a.Meta.Previous == "" || a.Meta.Next != "" {
				s.t.Errorf("empty page: %s", r.body)
			}
		} else if a.Meta.Newest != list[0].ID || a.Meta.Oldest != list[len(list)-1].ID {
			s.t.Errorf("page from %s to %s: meta %+v", list[0].ID, list[len(list)-1].ID, a.Meta)
		}
		all = append(all, list...)
		if token = a.Meta.Next; token == "" {
			return all, pages, emptyPages
		}
	}
}

// The timeline, read page by page, is the world's, with the truth of the
// second.
func TestTimeline(t *testing.T) {
	s := start(t, x.Options{})
	empty := 0
	for _, a := range s.World.Accounts() {
		got, pages, e := s.walk(a.PlatformID, "max_results", "50", "tweet.fields", "created_at,public_metrics,note_tweet")
		empty += e
		want := s.World.Posts(a.Handle, june)
		if len(got) != len(want) || pages < len(want)/50 {
			t.Fatalf("timeline of %s: %d posts on %d pages, want %d posts", a.Handle, len(got), pages, len(want))
		}
		long := 0
		for i, p := range want {
			truth, _ := s.World.Truth(a.Handle, p.PostID, june)
			text := got[i].Text
			if got[i].Note != nil {
				text, long = got[i].Note.Text, long+1
			}
			text = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">").Replace(text)
			if got[i].ID != p.NativeID || text != p.Text || !got[i].Created.Equal(p.PublishedAt) || got[i].Edits[0] != p.PostID {
				t.Fatalf("post %d of %s: got %+v, want %+v", i, a.Handle, got[i], p)
			}
			public := map[string]int64{}
			for _, name := range []string{"retweet_count", "reply_count", "like_count", "quote_count", "bookmark_count", "impression_count"} {
				public[name] = truth.Platform[name]
			}
			if d := cmp.Diff(public, got[i].Public); d != "" {
				t.Fatalf("counters of %s (-truth +got):\n%s", p.PostID, d)
			}
		}
		if a.Handle != "CDCgov" && long == 0 {
			t.Errorf("no post of %s is a long one", a.Handle)
		}
	}
	if empty == 0 || empty == len(s.World.Accounts()) {
		t.Errorf("%d timelines end with an empty page, want some and not all", empty)
	}
}

func TestTimelineBounds(t *testing.T) {
	s := start(t, x.Options{})
	a := s.account("CDCgov")
	posts := s.World.Posts(a.Handle, june)
	at := func(i int) string { return posts[i].PublishedAt.Format(time.RFC3339) }
	tests := []struct {
		name     string
		query    []string
		from, to int // of posts, the end excluded
	}{
		{"default", nil, 0, 10},
		{"since_id", []string{"since_id", posts[4].PostID}, 0, 4},
		{"until_id", []string{"until_id", posts[4].PostID, "max_results", "6"}, 5, 11},
		{"both", []string{"since_id", posts[8].PostID, "until_id", posts[4].PostID}, 5, 8},
		{"start_time", []string{"start_time", at(7)}, 0, 8},
		{"end_time", []string{"end_time", at(7), "max_results", "5"}, 8, 13},
		{"since_id before start_time", []string{"since_id", posts[6].PostID, "start_time", at(2)}, 0, 6},
		{"nothing", []string{"start_time", "2024-07-01T00:00:00Z"}, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ans := s.get("/2/users/"+a.PlatformID+"/tweets", tt.query...).answer(t)
			var got []string
			for _, tw := range ans.tweets(t) {
				got = append(got, tw.ID)
			}
			var want []string
			for _, p := range posts[tt.from:tt.to] {
				want = append(want, p.PostID)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
	if r := s.get("/2/users/"+a.PlatformID+"/tweets", "start_time", "2024-07-01T00:00:00Z"); string(r.body) != `{"meta":{"result_count":0}}` {
		t.Errorf("nothing: got %s", r.body)
	}
}

// previous_token leads back, page by page.
func TestTimelineBack(t *testing.T) {
	s := start(t, x.Options{})
	path := "/2/users/" + s.account("parana_gen").PlatformID + "/tweets"
	first := s.get(path, "max_results", "7").answer(t)
	second := s.get(path, "max_results", "7", "pagination_token", first.Meta.Next).answer(t)
	back := s.get(path, "max_results", "7", "pagination_token", second.Meta.Previous).answer(t)
	if d := cmp.Diff(first.tweets(t), back.tweets(t)); d != "" || first.Meta.Previous != "" || back.Meta.Previous != "" {
		t.Errorf("previous of the second page is not the first:\n%s", d)
	}
}

// A page token outlives its post, and leads to the same place when posts come
// out while pages are read.
func TestTimelineWhilePostsComeAndGo(t *testing.T) {
	s := start(t, x.Options{})
	a := s.account("saopaulo_gen")
	path := "/2/users/" + a.PlatformID + "/tweets"
	first := s.get(path, "max_results", "5").answer(t)
	posts := s.World.Posts(a.Handle, june)
	s.Faults.DeletePost(posts[4].PostID)
	s.clock.Advance(7 * 24 * time.Hour)
	second := s.get(path, "max_results", "5", "pagination_token", first.Meta.Next).answer(t).tweets(t)
	for i, tw := range second {
		if tw.ID != posts[5+i].PostID {
			t.Errorf("post %d of the second page: got %s, want %s", i, tw.ID, posts[5+i].PostID)
		}
	}
}

func TestReposts(t *testing.T) {
	s := start(t, x.Options{})
	a := s.account("scatarina_gen")
	all, _, _ := s.walk(a.PlatformID, "max_results", "100", "tweet.fields", "referenced_tweets,public_metrics", "expansions", "referenced_tweets.id")
	own, _, _ := s.walk(a.PlatformID, "max_results", "100", "exclude", "retweets,replies")
	if len(all) <= len(own) {
		t.Fatalf("%d posts in all, %d own", len(all), len(own))
	}
	relations := map[string][2]string{}
	for _, p := range s.World.Posts(a.Handle, june) {
		relations[p.PostID] = [2]string{map[schema.Relation]string{"repost": "retweeted", "reply": "replied_to", "quote": "quoted"}[p.Relation], p.RelatedID}
	}
	kinds, threads := map[string]int{}, 0
	for _, tw := range all {
		if len(tw.Of) == 0 {
			if relations[tw.ID] != [2]string{} {
				t.Errorf("post %s is %v in the world", tw.ID, relations[tw.ID])
			}
			continue
		}
		kinds[tw.Of[0].Type]++
		if got := [2]string{tw.Of[0].Type, tw.Of[0].ID}; got != relations[tw.ID] {
			t.Errorf("post %s is %v, in the world %v", tw.ID, got, relations[tw.ID])
		}
		if _, ours := s.World.Truth(a.Handle, tw.Of[0].ID, june); ours && tw.Of[0].Type == "replied_to" {
			threads++
		}
		if tw.Of[0].Type == "retweeted" {
			original, ok := s.World.Truth("CDCgov", tw.Of[0].ID, june)
			if !ok || tw.Public["retweet_count"] != original.Platform["retweet_count"] || tw.Public["like_count"] != 0 || !strings.HasPrefix(tw.Text, "RT @CDCgov: ") {
				t.Errorf("repost %+v of %+v", tw, original.Platform)
			}
		}
	}
	if threads == 0 || kinds["quoted"] == 0 || kinds["retweeted"] == 0 || kinds["replied_to"] == threads || kinds["retweeted"]+kinds["replied_to"]+len(own) != len(all) {
		t.Errorf("kinds of posts: got %v of %d, %d own", kinds, len(all), len(own))
	}
	// The original is gone: the page is fine, and says so.
	for _, tw := range all {
		if len(tw.Of) > 0 {
			s.Faults.DeletePost(tw.Of[0].ID)
			ans := s.get("/2/tweets", "ids", tw.ID, "expansions", "referenced_tweets.id").answer(t)
			if len(ans.tweets(t)) != 1 || len(ans.Errors) != 1 || ans.Errors[0].Parameter != "referenced_tweets.id" || ans.Errors[0].Value != tw.Of[0].ID {
				t.Errorf("post of one that is gone: %+v", ans)
			}
			break
		}
	}
}

func TestUsers(t *testing.T) {
	s := start(t, x.Options{})
	a := s.account("CDCgov")
	profile := s.World.Profile(a.Handle, june)
	fields := []string{"user.fields", "created_at,description,location,protected,public_metrics,url,verified,verified_type,profile_image_url"}
	check := func(name string, raw json.RawMessage) {
		t.Helper()
		var u struct {
			ID, Name, Username, Description string
			Metrics                         map[string]int64 `json:"public_metrics"`
		}
		if err := json.Unmarshal(raw, &u); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if u.ID != a.PlatformID || u.Name != a.Name || u.Username != a.Handle || u.Description != a.Bio ||
			u.Metrics["followers_count"] != *profile.Followers || u.Metrics["tweet_count"] != *profile.Posts || u.Metrics["following_count"] != *profile.Following {
			t.Errorf("%s: got %s", name, raw)
		}
	}
	check("by id", s.get("/2/users/"+a.PlatformID, fields...).answer(t).Data)
	check("by name", s.get("/2/users/by/username/cdcGOV", fields...).answer(t).Data)
	var list []json.RawMessage
	ans := s.get("/2/users/by", append(fields, "usernames", "nobody,CDCGov,nobody_2")...).answer(t)
	if err := json.Unmarshal(ans.Data, &list); err != nil || len(list) != 1 || len(ans.Errors) != 2 {
		t.Fatalf("by names: %+v, %v", ans, err)
	}
	check("by names", list[0])
	if e := ans.Errors[1]; e.Detail != "Could not find user with usernames: [nobody_2]." || e.Title != "Not Found Error" || e.ResourceType != "user" || e.Parameter != "usernames" || e.ResourceID != "nobody_2" {
		t.Errorf("unknown name: %+v", e)
	}
	if r := s.get("/2/users", "ids", a.PlatformID); string(r.body) != `{"data":[{"id":"`+a.PlatformID+`","name":"CDC (copy)","username":"CDCgov"}]}` {
		t.Errorf("default fields: got %s", r.body)
	}
	if r := s.get("/2/users/me"); r.StatusCode != http.StatusForbidden || !strings.HasSuffix(r.answer(t).Type, "/unsupported-authentication") {
		t.Errorf("me with the app's token: %d %s", r.StatusCode, r.body)
	}
	s.token = s.UserToken(a.Handle)
	check("me", s.get("/2/users/me", fields...).answer(t).Data)
}

// Only the owner sees what is not public, of posts of thirty days.
func TestPrivateMetrics(t *testing.T) {
	s := start(t, x.Options{})
	a := s.account("parana_gen")
	posts := s.World.Posts(a.Handle, june)
	young := posts[0]
	old := posts[slices.IndexFunc(posts, func(p sandbox.Post) bool { return june.Sub(p.PublishedAt) > 30*24*time.Hour })]
	ask := func(token string) (answer, []tweet) {
		s.token = token
		ans := s.get("/2/tweets", "ids", young.PostID+","+old.PostID, "tweet.fields", "non_public_metrics,organic_metrics").answer(t)
		return ans, ans.tweets(t)
	}
	for name, token := range map[string]string{"the app": s.Token(), "another owner": s.UserToken("CDCgov")} {
		ans, list := ask(token)
		if len(list) != 2 || list[0].Private != nil || list[0].Organic != nil || len(ans.Errors) != 4 {
			t.Errorf("%s: %+v", name, ans)
		}
		if e := ans.Errors[0]; e.Title != "Field Authorization Error" || e.Field != "non_public_metrics" || e.Section != "data" || !strings.HasSuffix(e.Type, "/not-authorized-for-field") {
			t.Errorf("%s: %+v", name, e)
		}
	}
	ans, list := ask(s.UserToken(a.Handle))
	truth, _ := s.World.Truth(a.Handle, young.PostID, june)
	want := map[string]int64{}
	for _, n := range []string{"impression_count", "engagements", "url_link_clicks", "user_profile_clicks"} {
		want[n] = truth.Platform[n]
	}
	if d := cmp.Diff(want, list[0].Private); d != "" || list[0].Organic["like_count"] != *truth.Reactions {
		t.Errorf("private counters (-truth +got):\n%s\n%v", d, list[0].Organic)
	}
	if list[1].Private != nil || len(ans.Errors) != 2 || ans.Errors[0].Value != old.PostID {
		t.Errorf("of an old post: %+v", ans)
	}
}

func TestAppToken(t *testing.T) {
	s := start(t, x.Options{})
	key, secret := s.Credentials()
	ask := func(key, secret, grant string) reply {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/oauth2/token", strings.NewReader("grant_type="+grant))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.SetBasicAuth(key, secret)
		return s.do(req)
	}
	if r := ask(key, secret, "client_credentials"); string(r.body) != `{"token_type":"bearer","access_token":"`+s.Token()+`"}` {
		t.Errorf("right key: %d %s", r.StatusCode, r.body)
	}
	if r := ask(key, "wrong", "client_credentials"); r.StatusCode != http.StatusForbidden || !strings.Contains(string(r.body), `"code":99`) {
		t.Errorf("wrong secret: %d %s", r.StatusCode, r.body)
	}
	if r := ask(key, secret, "password"); r.StatusCode != http.StatusForbidden {
		t.Errorf("wrong grant: %d %s", r.StatusCode, r.body)
	}
}

func TestUnauthorized(t *testing.T) {
	s := start(t, x.Options{})
	const want = `{"title":"Unauthorized","status":401,"detail":"Unauthorized","type":"about:blank"}`
	for _, token := range []string{"", "wrong", s.Token() + "x"} {
		s.token = token
		r := s.get("/2/tweets", "ids", "1")
		if r.StatusCode != http.StatusUnauthorized || string(r.body) != want || r.Header.Get("X-Rate-Limit-Limit") != "" {
			t.Errorf("token %q: %d %s %v", token, r.StatusCode, r.body, r.Header)
		}
	}
}

// What is wrong with a request is told in the platform's envelope.
func TestInvalid(t *testing.T) {
	s := start(t, x.Options{})
	timeline := "/2/users/" + s.account("CDCgov").PlatformID + "/tweets"
	ids := func(n int) string {
		var all []string
		for i := range n {
			all = append(all, strconv.Itoa(i+1))
		}
		return strings.Join(all, ",")
	}
	tests := []struct {
		name    string
		path    string
		query   []string
		message string // its start
	}{
		{"malformed id", "/2/users", []string{"ids", "NA,NA,NA"}, "The `ids` query parameter value [NA] does not match ^[0-9]{1,19}$"},
		{"malformed id in the path", "/2/users/NA", nil, "The `id` path parameter value [NA] does not match"},
		{"no ids", "/2/tweets", nil, "The `ids` query parameter can not be empty"},
		{"101 ids", "/2/tweets", []string{"ids", ids(101)}, "The number of values in the `ids` query parameter list [101] is not between 1 and 100"},
		{"malformed name", "/2/users/by", []string{"usernames", "a-b"}, "The `usernames` query parameter value [a-b] does not match"},
		{"long name", "/2/users/by/username/sixteen_letters_", nil, "The `username` path parameter value"},
		{"unknown field", "/2/tweets", []string{"ids", "1", "tweet.fields", "id,nonsense"}, "The `tweet.fields` query parameter value [nonsense] is not one of ["},
		{"new name of a field", "/2/tweets", []string{"ids", "1", "tweet.fields", "note_post"}, "The `tweet.fields` query parameter value [note_post] is not one of ["},
		{"old name of a field", "/2/tweets", []string{"ids", "1", "post.fields", "referenced_tweets"}, "The `post.fields` query parameter value [referenced_tweets] is not one of ["},
		{"both vocabularies", "/2/tweets", []string{"ids", "1", "post.fields", "id", "tweet.fields", "id"}, "The query parameter [post.fields] is not one of ["},
		{"unknown expansion", timeline, []string{"expansions", "pinned_tweet_id"}, "The `expansions` query parameter value [pinned_tweet_id] is not one of ["},
		{"unknown parameter", timeline, []string{"limit", "5"}, "The query parameter [limit] is not one of ["},
		{"few results", timeline, []string{"max_results", "4"}, "The `max_results` query parameter value [4] is not between 5 and 100"},
		{"many results", timeline, []string{"max_results", "101"}, "The `max_results` query parameter value [101] is not between 5 and 100"},
		{"unknown exclusion", timeline, []string{"exclude", "quotes"}, "The `exclude` query parameter value [quotes] is not one of"},
		{"end before start", timeline, []string{"start_time", "2024-03-02T00:00:00Z", "end_time", "2024-03-01T00:00:00Z"}, "Invalid 'start_time':'2024-03-02T00:00:00Z'. 'start_time' must be before 'end_time'"},
		{"no time", timeline, []string{"start_time", "yesterday"}, "Invalid 'start_time':'yesterday'"},
		{"time before the first", timeline, []string{"start_time", "2009-01-01T00:00:00Z"}, "Invalid 'start_time'"},
		{"since above until", timeline, []string{"since_id", "5", "until_id", "5"}, "Invalid 'since_id'"},
		{"malformed since_id", timeline, []string{"since_id", "1e3"}, "The `since_id` query parameter value [1e3] does not match"},
		{"foreign token", timeline, []string{"pagination_token", "7140dibdnow9c7btw4232poeq0wapgnwgwqwvuwn3peex"}, "The `pagination_token` query parameter value"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := s.get(tt.path, tt.query...)
			a := r.answer(t)
			if r.StatusCode != http.StatusBadRequest || a.Title != "Invalid Request" || a.Detail != "One or more parameters to your request was invalid." ||
				!strings.HasSuffix(a.Type, "/2/problems/invalid-request") || len(a.Errors) != 1 || !strings.HasPrefix(a.Errors[0].Message, tt.message) || len(a.Errors[0].Parameters) == 0 {
				t.Errorf("got %d %s", r.StatusCode, r.body)
			}
			if r.Header.Get("X-Rate-Limit-Remaining") == "" {
				t.Error("no limits in the headers")
			}
		})
	}
	for _, path := range []string{"/2/nothing", "/2/users/1/followers", "/1.1/statuses/show.json", "/"} {
		if r := s.get(path); r.StatusCode != http.StatusNotFound || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") {
			t.Errorf("%s: status %d, %s", path, r.StatusCode, r.body)
		}
	}
}

// Limits count per path and token, in windows of 15 minutes.
func TestLimits(t *testing.T) {
	s := start(t, x.Options{})
	a := s.account("parana_gen")
	for i := range 300 {
		r := s.get("/2/users/" + a.PlatformID)
		if r.StatusCode != http.StatusOK || r.Header.Get("X-Rate-Limit-Remaining") != strconv.Itoa(299-i) ||
			r.Header.Get("X-Rate-Limit-Limit") != "300" || r.Header.Get("X-Rate-Limit-Reset") != strconv.FormatInt(june.Unix()+900, 10) {
			t.Fatalf("call %d: %d %v", i, r.StatusCode, r.Header)
		}
		if i == 150 {
			s.clock.Advance(10 * time.Minute)
		}
	}
	const want = `{"title":"Too Many Requests","status":429,"detail":"Too Many Requests","type":"about:blank"}`
	if r := s.get("/2/users/" + a.PlatformID); r.StatusCode != http.StatusTooManyRequests || string(r.body) != want || r.Header.Get("X-Rate-Limit-Remaining") != "0" {
		t.Errorf("call 301: %d %s %v", r.StatusCode, r.body, r.Header)
	}
	if r := s.get("/2/users/by/username/" + a.Handle); r.StatusCode != http.StatusOK {
		t.Errorf("another path: status %d", r.StatusCode)
	}
	s.token = s.UserToken(a.Handle)
	if r := s.get("/2/users/" + a.PlatformID); r.StatusCode != http.StatusOK || r.Header.Get("X-Rate-Limit-Limit") != "900" {
		t.Errorf("another token: %d %v", r.StatusCode, r.Header)
	}
	s.token = s.Token()
	s.clock.Advance(5 * time.Minute)
	if r := s.get("/2/users/" + a.PlatformID); r.StatusCode != http.StatusOK || r.Header.Get("X-Rate-Limit-Remaining") != "299" {
		t.Errorf("the next window: %d %v", r.StatusCode, r.Header)
	}
}
