package instagram_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/instagram"
	"github.com/hamawaz/hamawaz/schema"
)

// contract holds the names of fields and edges of the platform's published
// specification (v25.0), and which metrics each object has.
type contract struct {
	User         []string            `json:"IGUser"`
	UserEdges    []string            `json:"IGUser.edges"`
	Media        []string            `json:"IGMedia"`
	MediaEdges   []string            `json:"IGMedia.edges"`
	Media2026    []string            `json:"IGMedia.2026"` // newer than the specification
	Comment      []string            `json:"IGComment"`
	CommentEdges []string            `json:"IGComment.edges"`
	Insights     []string            `json:"InstagramInsightsResult"`
	MediaMetrics map[string][]string `json:"ig_media.metrics"` // product types
	MediaRemoved []string            `json:"ig_media.removed"`
	UserDay      map[string][]string `json:"ig_user.day"` // metric types
	UserRemoved  []string            `json:"ig_user.removed"`
}

// Every key that the sandbox sends is one that the platform has.
func TestEveryKeyIsInTheContract(t *testing.T) {
	var c contract
	readJSON(t, "contract.json", &c)
	s := start(t, instagram.Options{})
	a := account(t, s.World, "governosp")
	mediaKeys := slices.Concat(c.Media, c.MediaEdges, c.Media2026)
	userKeys := slices.Concat(c.User, c.UserEdges)

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
	var profile, found map[string]any
	s.get(a.PlatformID, "fields", "id,ig_id,username,name,biography,website,profile_picture_url,followers_count,follows_count,media_count,is_published,has_profile_pic,media.limit(100){"+allMediaFields+",is_comment_enabled,is_shared_to_feed,alt_text,is_ai_generated,view_count,comments{id,text,timestamp,username,like_count,hidden,from,replies{id,text,from}}}").decode(t, &profile)
	check("a profile", profile, userKeys)
	children, comments, answers := 0, 0, 0
	for _, m := range list(profile["media"]) {
		check("a media", m, mediaKeys)
		if m["comments"] != nil {
			for _, one := range list(m["comments"]) {
				check("a comment", one, slices.Concat(c.Comment, c.CommentEdges))
				comments++
				if one["replies"] != nil {
					for _, answer := range list(one["replies"]) {
						check("an answer", answer, c.Comment)
						answers++
					}
				}
			}
		}
		if m["children"] != nil {
			for _, child := range list(m["children"]) {
				check("a picture of an album", child, mediaKeys)
				for _, counter := range []string{"like_count", "comments_count", "saved_count"} {
					if child[counter] != nil {
						t.Errorf("a picture of an album has %s", counter)
					}
				}
				children++
			}
		}
	}
	if children == 0 || comments == 0 || answers == 0 {
		t.Errorf("%d pictures of albums, %d comments, %d answers", children, comments, answers)
	}
	var stories map[string]any
	s.get(a.PlatformID+"/stories", "fields", allMediaFields+",alt_text").decode(t, &stories)
	for _, m := range list(stories) {
		check("a story", m, mediaKeys)
		if m["media_product_type"] != "STORY" || m["like_count"] != nil {
			t.Errorf("story %v", m)
		}
	}
	if len(list(stories)) == 0 {
		t.Error("no story can be seen")
	}
	s.get(s.OfficeUserID(), "fields", "business_discovery.username(governo.acre){id,username,name,biography,website,followers_count,follows_count,media_count,profile_picture_url,media.limit(50){id,caption,like_count,comments_count,view_count,media_type,media_product_type,permalink,timestamp,media_url}}").decode(t, &found)
	check("the finder", found, userKeys)
	check("the found", found["business_discovery"].(map[string]any), userKeys)
	for _, m := range list(found["business_discovery"].(map[string]any)["media"]) {
		check("a found media", m, mediaKeys)
	}
	var insights map[string]any
	s.get(a.PlatformID+"/insights", "metric", "reach,follower_count", "period", "day").decode(t, &insights)
	for _, m := range list(insights) {
		check("an account metric", m, c.Insights)
	}
	s.get(listed(s.World, a.Handle, june)[0].NativeID+"/insights", "metric", "reach,views").decode(t, &insights)
	for _, m := range list(insights) {
		check("a media metric", m, c.Insights)
	}
}

// A metric is answered for the product types of the contract, and refused for
// all others.
func TestMetricsFitTheContract(t *testing.T) {
	var c contract
	readJSON(t, "contract.json", &c)
	s := start(t, instagram.Options{AccountCalls: 1 << 30})
	a := account(t, s.World, "governosp")
	posts := listed(s.World, a.Handle, june)
	posts = append(posts, s.World.Posts(a.Handle, june)...)
	for product, format := range map[string]schema.Format{"FEED": schema.FormatImage, "REELS": schema.FormatReel, "STORY": schema.FormatStory} {
		post := posts[slices.IndexFunc(posts, func(p sandbox.Post) bool {
			truth, _ := s.World.Truth(a.Handle, p.PostID, june)
			return p.Format == format && *truth.Reach >= 5
		})]
		for metric, products := range c.MediaMetrics {
			r := s.get(post.NativeID+"/insights", "metric", metric)
			shared := metric == "facebook_views" || metric == "crossposted_views" // refused: never shared to Facebook
			if want := slices.Contains(products, product) && !shared; want != (r.StatusCode == 200) {
				t.Errorf("%s of a media of %s: status %d, want it answered %v", metric, product, r.StatusCode, want)
			}
			if r.StatusCode == 200 && !strings.Contains(string(r.body), `"id":"`+post.NativeID+"/insights/"+metric+`/lifetime"`) {
				t.Errorf("%s of a media of %s: got %s", metric, product, r.body)
			}
		}
		for _, metric := range append(c.MediaRemoved, "content_views", "nonsense") {
			if e := s.get(post.NativeID+"/insights", "metric", "reach,"+metric).error(t); e.Code != 100 {
				t.Errorf("%s of a media: got %+v", metric, e)
			}
		}
	}
	for metric, types := range c.UserDay {
		for _, kind := range []string{"total_value", "time_series"} {
			r := s.get(a.PlatformID+"/insights", "metric", metric, "period", "day", "metric_type", kind)
			if want := slices.Contains(types, kind); want != (r.StatusCode == 200) {
				t.Errorf("%s of an account as %s: status %d, want it answered %v", metric, kind, r.StatusCode, want)
			}
		}
	}
	for _, metric := range c.UserRemoved {
		if e := s.get(a.PlatformID+"/insights", "metric", metric, "period", "day").error(t); e.Code != 100 {
			t.Errorf("%s of an account: got %+v", metric, e)
		}
	}
}

// The sandbox's answers have the keys and types of answers that were recorded
// from the platform; what they have besides is listed.
func TestRecordedShapes(t *testing.T) {
	var recorded map[string]map[string]string
	readJSON(t, "recorded-shapes.json", &recorded)
	s := start(t, instagram.Options{})
	a := account(t, s.World, "governosp")
	var old sandbox.Post // a picture of before July 2024, with activity
	for _, p := range listed(s.World, a.Handle, june) {
		if tr, _ := s.World.Truth(a.Handle, p.PostID, june); tr.Platform["profile_activity"] > 8 {
			old = p
		}
	}
	var p1 mediaPage
	mediaFields := "id,caption,comments_count,children{id,media_type,media_url,permalink,shortcode,thumbnail_url,timestamp},like_count,media_type,media_url,permalink,timestamp"
	mediaQuery := []string{"limit", "2", "fields", "id,comments_count,like_count,media_type,media_url,permalink,timestamp"}
	s.get(a.PlatformID+"/media", mediaQuery...).decode(t, &p1)
	last := listed(s.World, a.Handle, june)
	oldest := last[len(last)-30:]
	profile := "id,biography,name,username,profile_picture_url,followers_count,media_count"
	discovery := func(inner string) []string {
		return []string{"fields", "business_discovery.username(governo.acre){" + inner + "}"}
	}
	tests := []struct {
		name  string
		path  string
		query []string
		extra []string // what the recording does not have
		less  []string // what it has and we do not, with the reason
	}{
		{"user-fields", a.PlatformID, []string{"fields", profile}, nil, nil},
		{"user-media-p1", a.PlatformID + "/media", mediaQuery, nil, nil},
		{"user-media-p2", a.PlatformID + "/media", []string{"limit", "100", "fields", mediaFields, "since", fmt.Sprint(oldest[29].PublishedAt.Unix()), "until", fmt.Sprint(oldest[0].PublishedAt.Unix())},
			nil, []string{"paging.previous", "data[].children.data[].thumbnail_url"}}, // our window is one page; our albums hold no films
		{"business-discovery-user", s.OfficeUserID(), discovery(profile), nil, nil},
		{"business-discovery-media-p1", s.OfficeUserID(), discovery("media.limit(2){id,caption,comments_count,like_count,media_type,media_url,permalink,timestamp}"), nil, nil},
		{"media-insights-legacy", old.NativeID + "/insights", []string{"metric", "impressions,reach,saved"}, nil, nil},
		{"media-insights-breakdown", old.NativeID + "/insights", []string{"metric", "profile_activity", "breakdown", "action_type"}, nil, nil},
		{"user-insights-timeseries-legacy", a.PlatformID + "/insights", []string{"metric", "reach", "period", "day", "since", "2024-05-20", "until", "2024-05-30"},
			[]string{"paging", "paging.previous", "paging.next"}, nil}, // there since; see the next recording
		{"user-insights-total-value-breakdown", a.PlatformID + "/insights", []string{"metric", "reach", "period", "day", "metric_type", "total_value", "breakdown", "media_product_type,follow_type"}, nil, nil},
	}
	if len(tests) != len(recorded) {
		t.Errorf("%d recordings, %d compared", len(recorded), len(tests))
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var body any
			s.get(tt.path, tt.query...).decode(t, &body)
			got := make(map[string]string)
			shape(body, "", got)
			want := recorded[tt.name]
			for _, path := range slices.Sorted(maps.Keys(want)) {
				if got[path] != want[path] && !slices.Contains(tt.less, path) {
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

// Ids stay strings of digits, whatever reads them.
func TestIDsAreStrings(t *testing.T) {
	s := start(t, instagram.Options{})
	a := account(t, s.World, "governosp")
	var p struct{ Data []map[string]json.RawMessage }
	s.get(a.PlatformID+"/media", "limit", "100", "fields", "ig_id,owner").decode(t, &p)
	for _, m := range p.Data {
		for _, name := range []string{"id", "ig_id"} {
			if v := string(m[name]); len(v) < 19 || v[0] != '"' {
				t.Errorf("%s: got %s", name, v)
			}
		}
	}
}
