package x_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox/x"
)

// Every answer, of every path and in both vocabularies, fits the platform's
// specification: names, types, what must be there and nothing else. All that
// may be asked for is asked for.
func TestAnswersFitTheContract(t *testing.T) {
	for _, version := range []string{"2.166", "2.167"} {
		t.Run(version, func(t *testing.T) {
			c := readContract(t, version)
			s := start(t, x.Options{Renamed: version == "2.167"})
			a := s.account("saopaulo_gen")
			posts := s.World.Posts(a.Handle, june)
			other := s.World.Posts("CDCgov", june)[0].PostID
			s.Faults.EditPost(posts[0].PostID, "edited [generated]", posts[0].PublishedAt.Add(time.Minute))
			s.Faults.Suspend("scatarina_gen")
			hidden := s.account("scatarina_gen")
			ids := []string{other, hidden.PlatformID, "1"}
			for _, p := range posts[:90] {
				ids = append(ids, p.PostID)
			}
			answers := 0
			check := func(pattern, path string, query ...string) {
				t.Helper()
				r := s.get(path, append(s.everything(c, pattern), query...)...)
				if r.StatusCode != http.StatusOK {
					t.Fatalf("%s: status %d, %s", path, r.StatusCode, r.body)
				}
				var v any
				r.decode(t, &v)
				faults := c.check(c.Paths[pattern].Answer, v, pattern)
				for _, f := range faults[:min(len(faults), 8)] {
					t.Errorf("%s: %s", path, f)
				}
				answers++
			}
			for _, token := range []string{s.Token(), s.UserToken(a.Handle)} {
				s.token = token
				check("/2/users", "/2/users", "ids", a.PlatformID+",1,"+hidden.PlatformID)
				check("/2/users/by", "/2/users/by", "usernames", a.Handle+",nobody,"+hidden.Handle)
				check("/2/users/{id}", "/2/users/"+a.PlatformID)
				check("/2/users/{id}", "/2/users/1")
				check("/2/users/by/username/{username}", "/2/users/by/username/"+a.Handle)
				check("/2/users/{id}/tweets", "/2/users/"+a.PlatformID+"/tweets", "max_results", "100")
				check("/2/users/{id}/tweets", "/2/users/"+hidden.PlatformID+"/tweets")
				check("/2/tweets", "/2/tweets", "ids", strings.Join(ids, ","))
				check("/2/tweets/{id}", "/2/tweets/"+posts[3].PostID)
				check("/2/tweets/{id}", "/2/tweets/1")
			}
			check("/2/users/me", "/2/users/me")
			s.Faults.Protect(a.Handle)
			s.token = s.Token()
			check("/2/users/{id}/tweets", "/2/users/"+a.PlatformID+"/tweets")
			check("/2/tweets", "/2/tweets", "ids", posts[0].PostID)
			t.Logf("%d answers", answers)
		})
	}
}

// everything asks for all fields and expansions that the path has.
func (s *service) everything(c *contract, pattern string) (query []string) {
	for name := range c.Paths[pattern].Parameters {
		if strings.HasSuffix(name, ".fields") || name == "expansions" {
			query = append(query, name, strings.Join(c.values(pattern, name), ","))
		}
	}
	return query
}

// The names that a request may use are those of the specification, each of
// them, and no other.
func TestNamesFitTheContract(t *testing.T) {
	contracts := map[string]*contract{"2.166": readContract(t, "2.166"), "2.167": readContract(t, "2.167")}
	s := start(t, x.Options{LimitTimes: 100})
	a := s.account("CDCgov")
	paths := map[string][]string{
		"/2/users/{id}":        {"/2/users/" + a.PlatformID},
		"/2/users/{id}/tweets": {"/2/users/" + a.PlatformID + "/tweets"},
		"/2/tweets":            {"/2/tweets", "ids", "1"},
	}
	for version, c := range contracts {
		vocabulary := map[string]string{"2.166": "tweet.fields", "2.167": "post.fields"}[version]
		for pattern, request := range paths {
			for name := range c.Paths[pattern].Parameters {
				if !strings.HasSuffix(name, ".fields") && name != "expansions" {
					continue
				}
				for _, other := range contracts {
					for _, value := range append(other.values(pattern, strings.Replace(name, vocabulary, other.postFields(), 1)), "nonsense") {
						query := append(slices.Clone(request[1:]), name, value)
						if name != vocabulary {
							query = append(query, vocabulary, "id")
						}
						r := s.get(request[0], query...)
						if want := slices.Contains(c.values(pattern, name), value); want != (r.StatusCode == http.StatusOK) {
							t.Errorf("%s, %s %s=%s: status %d, want it answered %v", version, pattern, name, value, r.StatusCode, want)
						}
					}
				}
			}
		}
	}
}

// postFields is the name of the parameter that asks for fields of posts.
func (c *contract) postFields() string {
	if _, ok := c.Paths["/2/tweets"].Parameters["post.fields"]; ok {
		return "post.fields"
	}
	return "tweet.fields"
}

// The checker itself finds what is wrong.
func TestCheckFindsFaults(t *testing.T) {
	c := readContract(t, "2.166")
	schema := c.Paths["/2/tweets"].Answer
	id := map[string]any{"id": "1", "text": "a"}
	for name, v := range map[string]any{
		"no object":       []any{},
		"unknown member":  map[string]any{"date": []any{}},
		"empty list":      map[string]any{"data": []any{}},
		"number for text": map[string]any{"data": []any{map[string]any{"id": 1.0}}},
		"no id":           map[string]any{"data": []any{map[string]any{"id": "x1"}}},
		"no time":         map[string]any{"data": []any{map[string]any{"id": "1", "created_at": "yesterday"}}},
		"missing counter": map[string]any{"data": []any{map[string]any{"id": "1", "public_metrics": map[string]any{"like_count": 1.0}}}},
		"unknown problem": map[string]any{"data": []any{id}, "errors": []any{map[string]any{"type": "https://example.org/x", "title": "a"}}},
		"partial problem": map[string]any{"data": []any{id}, "errors": []any{map[string]any{"type": "https://api.twitter.com/2/problems/resource-not-found", "title": "a"}}},
	} {
		if faults := c.check(schema, v, ""); len(faults) == 0 {
			t.Errorf("%s: no fault is found", name)
		}
	}
	if faults := c.check(schema, map[string]any{"data": []any{id}}, ""); len(faults) > 0 {
		t.Errorf("a right answer: %v", faults)
	}
}
