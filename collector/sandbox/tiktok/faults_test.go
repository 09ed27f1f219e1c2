package tiktok_test

import (
	"strings"
	"testing"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/tiktok"
)

func TestFaults(t *testing.T) {
	s := start(t, tiktok.Options{})
	info := func() *reply { return s.get("/v2/user/info/", "fields", userFields) }
	list := func() *reply { return s.post("/v2/video/list/", "", "fields", videoFields) }
	want := func(name string, r *reply, status int, code string) {
		t.Helper()
		if r.StatusCode != status || r.Error.Code != code {
			t.Errorf("%s: status %d, %.200s", name, r.StatusCode, r.body)
		}
		s.Faults.Clear()
		s.loose = false
	}
	s.Faults.KillToken(s.token)
	want("dead token", info(), 401, "access_token_invalid")
	s.Faults.RemoveAuthorization("parana.gen")
	want("removed", list(), 401, "access_token_invalid")
	s.Faults.RemoveAuthorization("scatarina.gen")
	want("another's removed", list(), 200, "ok")
	s.Faults.WithholdScope("parana.gen", "video.list")
	want("scope of the call", list(), 401, "scope_not_authorized")
	s.Faults.WithholdScope("parana.gen", "user.info.profile")
	want("scope of a field", info(), 400, "scope_permission_missed")
	s.Faults.RetireField("is_aigc")
	want("retired field", list(), 400, "invalid_params")
	s.Faults.Spoil(tiktok.Refused(tiktok.RateLimitExceeded()).At(tiktok.OnPath("/v2/video/list/")))
	want("other path", info(), 200, "ok")
	s.Faults.Spoil(tiktok.Refused(tiktok.RateLimitExceeded()).At(tiktok.OnPath("/v2/video/list/")))
	want("limit", list(), 429, "rate_limit_exceeded")
	s.Faults.Spoil(tiktok.Refused(tiktok.InternalError()))
	want("trouble", info(), 500, "internal_error")
	s.loose = true
	s.Faults.Spoil(sandbox.HTMLPage(502))
	want("HTML", info(), 502, "")
	s.loose = true
	s.Faults.Spoil(tiktok.WrongTypes())
	want("wrong types", list(), 200, "ok")

	s.loose = true
	s.Faults.InnerErrors()
	s.Faults.KillToken(s.token)
	if r := info(); r.StatusCode != 401 || !strings.HasPrefix(string(r.body), `{"code":"access_token_invalid","message":`) {
		t.Errorf("inner error: status %d, %s", r.StatusCode, r.body)
	}
	s.Faults.Clear()

	s.Faults.LooseNumbers()
	if r := list(); !strings.Contains(string(r.body), `{"id":7`) {
		t.Errorf("ids as numbers: %.200s", r.body)
	}
	s.token = s.BusinessToken("parana.gen")
	if r := s.get(business+"business/video/list/", "business_id", s.account("parana.gen").PlatformID, "fields", `["item_id","create_time"]`); !strings.Contains(string(r.body), `"create_time":"1`) {
		t.Errorf("times as strings: %.200s", r.body)
	}
	s.Faults.Clear()
	s.Faults.WithholdScope("parana.gen", "video.insights")
	if r := s.get(business+"business/video/list/", "business_id", s.account("parana.gen").PlatformID, "fields", `["item_id","reach"]`); *r.Code != 40001 {
		t.Errorf("scope of a field: %s", r.body)
	}
	s.Faults.WithholdScope("parana.gen", "video.list")
	if r := s.get(business+"business/video/list/", "business_id", s.account("parana.gen").PlatformID); *r.Code != 40001 {
		t.Errorf("scope of the call: %s", r.body)
	}
}

func TestEmptyPages(t *testing.T) {
	s := start(t, tiktok.Options{})
	s.Faults.EmptyPages()
	first := s.post("/v2/video/list/", `{"max_count":20}`, "fields", "id")
	if len(first.Data.Videos) != 0 || !first.Data.More || first.Data.Cursor == 0 {
		t.Fatalf("first page: %s", first.body)
	}
	if second := s.post("/v2/video/list/", `{"cursor":`+jsonInt(first.Data.Cursor)+`}`, "fields", "id"); len(second.Data.Videos) == 0 || second.Data.Cursor >= first.Data.Cursor {
		t.Errorf("second page: %s", second.body)
	}
}

func jsonInt(n int64) string { return string(sandbox.AppendInt(nil, n)) }

// A video that turns private leaves the list, the queries and the number of
// videos without a word.
func TestPrivate(t *testing.T) {
	s := start(t, tiktok.Options{})
	posts := s.World.Posts("parana.gen", june)
	count := func() float64 {
		return s.get("/v2/user/info/", "fields", "video_count").Data.User["video_count"].(float64)
	}
	s.Faults.MakePrivate(posts[0].PostID)
	if ids := s.post("/v2/video/list/", "", "fields", "id").ids(); ids[0] != posts[1].PostID || count() != float64(len(posts)-1) {
		t.Errorf("one is private: %v of %v", ids, count())
	}
	s.Faults.MakeAllPrivate("parana.gen")
	if r := s.post("/v2/video/list/", "", "fields", "id"); r.Data.Videos == nil || len(r.Data.Videos) != 0 || r.Data.More || count() != 0 {
		t.Errorf("all are private: %s of %v", r.body, count())
	}
}
