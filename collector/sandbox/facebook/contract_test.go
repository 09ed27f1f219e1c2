package facebook_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/facebook"
	"github.com/hamawaz/hamawaz/schema"
)

// contract holds the names of fields, edges and parameters of the platform's
// published specification (v25.0), and which metrics each object has.
type contract struct {
	Page           []string `json:"Page"`
	PageEdges      []string `json:"Page.edges"`
	PublishedPosts []string `json:"Page.published_posts"`
	Post           []string `json:"Post"` // of PagePost too
	PostEdges      []string `json:"Post.edges"`
	PostInsights   []string `json:"Post.insights"`
	Insights       []string `json:"InsightsResult"`
	ReactionTypes  []string `json:"reactions.type"`
	Filters        []string `json:"comments.filter"`
	Orders         []string `json:"comments.order"`
	Comment        []string `json:"Comment"`
	PageInsights   []string `json:"Page.insights"`
	PostLifetime   []string `json:"fb_post.lifetime"`
	PostRemoved    []string `json:"fb_post.removed"`
	PageDay        []string `json:"fb_page.day"`
	PageRemoved    []string `json:"fb_page.removed"`
}

// attachmentKeys are those of StoryAttachment, of which the specification has
// no file: as documented, and as recorded.
var attachmentKeys = []string{"media_type", "type", "title", "url", "target", "subattachments", "description", "description_tags", "media", "unshimmed_url"}

const allPostFields = "id,created_time,updated_time,message,story,permalink_url,status_type,is_published,is_hidden,is_expired,parent_id," +
	"full_picture,from,shares,attachments{media_type,type,title,url,target,subattachments}"

// Every key that the sandbox sends is one that the platform has.
func TestEveryKeyIsInTheContract(t *testing.T) {
	var c contract
	readJSON(t, "contract.json", &c)
	s := start(t, facebook.Options{Instagram: map[string]string{ownerPage: "17841400000000001"}})
	a := account(t, s.World, ownerPage)
	check := func(what string, object map[string]any, allowed []string) {
		t.Helper()
		for key := range object {
			if !slices.Contains(allowed, key) {
				t.Errorf("%s has the key %q", what, key)
			}
		}
	}
	list := func(v any) (out []map[string]any) {
		for _, x := range v.(map[string]any)["data"].([]any) {
			out = append(out, x.(map[string]any))
		}
		return out
	}
	var profile, posts, accounts, insights map[string]any
	s.get(a.PlatformID, "fields", "id,name,username,link,website,about,category,category_list,verification_status,followers_count,fan_count,is_published,picture,access_token,instagram_business_account").decode(t, &profile)
	check("a Page", profile, slices.Concat(c.Page, c.PageEdges)) // picture is an edge
	if len(profile) != 14 {                                      // all but access_token
		t.Errorf("a Page shows %d fields: %v", len(profile), profile)
	}
	s.get(a.PlatformID+"/published_posts", "limit", "100", "fields", allPostFields+",reactions.limit(0).summary(true),comments.filter(stream).summary(true){id,message,created_time,from,like_count,comment_count,is_hidden,parent}").decode(t, &posts)
	attachments, comments := 0, 0
	for _, p := range list(posts) {
		check("a post", p, slices.Concat(c.Post, c.PostEdges))
		for _, one := range list(p["comments"]) {
			check("a comment", one, c.Comment)
			comments++
		}
		if p["attachments"] != nil {
			for _, a := range list(p["attachments"]) {
				check("an attachment", a, attachmentKeys)
				attachments++
				if a["subattachments"] != nil {
					for _, sub := range list(a["subattachments"]) {
						check("a picture of an album", sub, attachmentKeys)
					}
				}
			}
		}
	}
	if attachments == 0 || comments == 0 {
		t.Errorf("%d attachments, %d comments", attachments, comments)
	}
	s.as(s.Token(), "me/accounts").decode(t, &accounts)
	for _, pg := range list(accounts) {
		check("a Page of mine", pg, append(c.Page, "tasks")) // tasks are those of the edge
	}
	s.get(a.PlatformID+"/insights", "metric", "page_media_view", "period", "day").decode(t, &insights)
	for _, m := range list(insights) {
		check("a metric of a Page", m, c.Insights)
	}
	s.get(s.World.Posts(a.Handle, june)[0].PostID+"/insights", "metric", "post_media_view").decode(t, &insights)
	for _, m := range list(insights) {
		check("a metric of a post", m, c.Insights)
	}
}

// The sandbox refuses no field of a counter that the specification has, and
// takes no other.
func TestCountersFitTheContract(t *testing.T) {
	var c contract
	readJSON(t, "contract.json", &c)
	s := start(t, facebook.Options{})
	path := account(t, s.World, ownerPage).PlatformID + "/published_posts"
	for _, kind := range []string{"LIKE", "LOVE", "WOW", "HAHA", "SAD", "ANGRY", "CARE"} {
		if !slices.Contains(c.ReactionTypes, kind) {
			t.Errorf("%s is no reaction of the platform", kind)
		}
		if r := s.get(path, "fields", "reactions.type("+kind+").limit(0).summary(total_count).as(x)"); r.StatusCode != http.StatusOK {
			t.Errorf("reactions of type %s: %s", kind, r.body)
		}
	}
	for _, filter := range c.Filters {
		if r := s.get(path, "fields", "comments.filter("+filter+").limit(0).summary(total_count)"); r.StatusCode != http.StatusOK {
			t.Errorf("comments by %s: %s", filter, r.body)
		}
	}
	for _, param := range []string{"include_hidden", "show_expired", "limit"} {
		if !slices.Contains(c.PublishedPosts, param) {
			t.Errorf("published_posts takes no %s", param)
		}
	}
	for _, param := range []string{"metric", "period", "since", "until"} {
		if !slices.Contains(c.PostInsights, param) {
			t.Errorf("the insights of a post take no %s", param)
		}
	}
}

// Each metric of the contract is taken, and each that was removed is refused,
// with all that is asked beside it.
func TestMetricsFitTheContract(t *testing.T) {
	var c contract
	readJSON(t, "contract.json", &c)
	s := start(t, facebook.Options{})
	a := account(t, s.World, ownerPage)
	posts := s.World.Posts(a.Handle, june)
	film := posts[slices.IndexFunc(posts, func(p sandbox.Post) bool { return p.Format == schema.FormatReel })].PostID
	for object, names := range map[string][2][]string{film: {c.PostLifetime, c.PostRemoved}, a.PlatformID: {c.PageDay, c.PageRemoved}} {
		valid, removed := names[0], names[1]
		if len(valid) < 30 || len(removed) < 15 {
			t.Fatalf("%d metrics, %d removed", len(valid), len(removed))
		}
		for _, metric := range valid {
			r := s.get(object+"/insights", "metric", metric)
			if r.StatusCode != http.StatusOK {
				t.Errorf("%s: %s", metric, r.body)
			}
		}
		for _, metric := range append(removed, "nonsense") {
			if e := s.get(object+"/insights", "metric", valid[0]+","+metric).error(t); e.Code != 100 || e.Message != "(#100) The value must be a valid insights metric" {
				t.Errorf("%s: got %+v", metric, e)
			}
		}
	}
}

// The sandbox's answers have the keys and types of answers that were recorded
// from the platform; what they have besides is listed.
func TestRecordedShapes(t *testing.T) {
	var recorded map[string]map[string]string
	readJSON(t, "recorded-shapes.json", &recorded)
	s := start(t, facebook.Options{})
	a, b, public := account(t, s.World, ownerPage), account(t, s.World, otherPage), account(t, s.World, publicPage)
	counted := "comments.filter(stream).summary(true).limit(0),reactions.summary(true).limit(0)"
	for _, kind := range []string{"like", "love", "wow", "haha", "sad", "angry"} {
		counted += ",reactions.type(" + strings.ToUpper(kind) + ").limit(0).summary(total_count).as(" + kind + ")"
	}
	var p1 postPage
	s.get(a.PlatformID+"/posts", "limit", "5").decode(t, &p1)
	posts := s.World.Posts(a.Handle, june)
	plain := "created_time,message,id"
	feed := []string{"limit", "100", "fields", "id,attachments{media_type,target,title,type,url},created_time,full_picture,message,permalink_url,shares,status_type,updated_time," + counted}
	tests := []struct {
		name  string
		token string
		path  string
		query []string
		extra []string // what the recording does not have
		less  []string // what it has and we do not: prefixes
	}{
		{"page-fields", s.AppToken(), public.PlatformID, []string{"fields", "id,name,username,fan_count"}, nil, nil},
		{"pages-multi-ids", s.AppToken(), "", []string{"ids", a.PlatformID + "," + b.PlatformID, "fields", "id,name,username,fan_count"}, nil, nil},
		{"page-posts-paged-p1", s.PageToken(ownerPage), a.PlatformID + "/posts", []string{"limit", "5", "fields", plain}, nil, nil},
		{"page-posts-paged-p2", s.PageToken(ownerPage), a.PlatformID + "/posts", []string{"limit", "100", "fields", plain, "until", posts[9].PublishedAt.Format("2006-01-02T15:04:05-0700"),
			"since", posts[15].PublishedAt.Format("2006-01-02T15:04:05-0700"), "after", cursorAt(t, s, a, 10)}, nil, nil},
		{"feed-default-fields-p1", s.PageToken(ownerPage), a.PlatformID + "/feed", feed, nil,
			[]string{"data[].message_tags", "data[].icon", "data[].picture", "data[].attachments.data[].description", "data[].attachments.data[].media", "data[].attachments.data[].unshimmed_url"}},
		{"me-accounts-p1", s.Token(), "me/accounts", []string{"limit", "1", "summary", "1"}, nil, nil},
		{"me-accounts-p2", s.Token(), "me/accounts", []string{"limit", "1", "summary", "1", "after", b.PlatformID}, nil, nil},
		{"debug-token", s.AppToken(), "debug_token", []string{"input_token", s.Token()}, []string{"data.granular_scopes[].target_ids", "data.granular_scopes[].target_ids[]"}, nil},
		{"long-lived-token", "", "oauth/access_token", []string{"grant_type", "fb_exchange_token", "client_id", s.AppID(), "client_secret", s.AppSecret(), "fb_exchange_token", s.Token()}, nil, nil},
		{"error-100-appsecret-proof", s.Token(), public.PlatformID, nil, nil, nil},
		{"error-100-missing-permission", s.AppToken(), public.PlatformID, nil, nil, nil}, // spoilt below
	}
	if len(tests) != len(recorded) {
		t.Errorf("%d recordings, %d compared", len(recorded), len(tests))
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.name == "error-100-missing-permission" {
				s.Faults.Spoil(facebook.Refused(facebook.Missing()))
			}
			r := s.as(tt.token, tt.path, tt.query...)
			if failed := strings.HasPrefix(tt.name, "error-"); failed != (r.StatusCode != http.StatusOK) {
				t.Fatalf("status %d: %s", r.StatusCode, r.body)
			}
			var body any
			if err := json.Unmarshal(r.body, &body); err != nil {
				t.Fatal(err)
			}
			got := make(map[string]string)
			shape(body, "", got)
			rename := strings.NewReplacer(a.PlatformID, "20531316728", b.PlatformID, "19292868552")
			for path, kind := range maps.Clone(got) {
				delete(got, path)
				got[rename.Replace(path)] = kind
			}
			want := recorded[tt.name]
			left := func(path string) bool {
				return slices.ContainsFunc(tt.less, func(p string) bool { return strings.HasPrefix(path, p) })
			}
			for _, path := range slices.Sorted(maps.Keys(want)) {
				if got[path] != want[path] && !left(path) {
					t.Errorf("%s: got %q, recorded %q", path, got[path], want[path])
				}
			}
			for path := range got {
				if want[path] == "" && !slices.Contains(tt.extra, path) {
					t.Errorf("%s was not recorded", path)
				}
			}
		})
	}
}

// cursorAt returns the cursor of the n-th newest post.
func cursorAt(t *testing.T, s *service, a sandbox.Account, n int) string {
	t.Helper()
	var p postPage
	s.get(a.PlatformID+"/posts", "limit", "1", "until", s.World.Posts(a.Handle, june)[n].PublishedAt.Format("2006-01-02T15:04:05-0700")).decode(t, &p)
	return p.Paging.Cursors.After
}

// shape notes the type at every path of a JSON value.
func shape(v any, path string, to map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		if path == "" {
			to["."] = "object"
		} else {
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
	case string:
		to[path] = "string"
	case float64:
		to[path] = "number"
	case bool:
		to[path] = "bool"
	case nil:
		to[path] = "null"
	}
}

// TestAddresses: the addresses of other pages carry the token, and not the
// proof.
func TestAddresses(t *testing.T) {
	s := start(t, facebook.Options{})
	var p postPage
	s.get(account(t, s.World, ownerPage).PlatformID+"/published_posts", "limit", "1", "fields", "id", "appsecret_proof", proof(s.AppSecret(), s.PageToken(ownerPage))).decode(t, &p)
	u, err := url.Parse(p.Paging.Next)
	if err != nil || u.Query().Get("access_token") != s.PageToken(ownerPage) || u.Query().Get("fields") != "id" || u.Query().Has("appsecret_proof") {
		t.Errorf("next: %s", p.Paging.Next)
	}
}
