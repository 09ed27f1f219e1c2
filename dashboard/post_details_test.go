package dashboard

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/schema"
)

// picturePNG is the smallest picture there is.
const picturePNG = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89" +
	"\x00\x00\x00\nIDATx\x9cc\x00\x01\x00\x00\x05\x00\x01\r\n-\xb4\x00\x00\x00\x00IEND\xaeB`\x82"

func withPictures(st *site) {
	withPosts(st)
	st.stats.posts[1].Thumbnail = true
	png := analytics.Thumbnail{Image: picturePNG, MediaType: "image/png", Width: 1, Height: 1}
	st.stats.pictures = map[string]analytics.Thumbnail{"d01-a/C7x_000": png, "d02-a/C7x_001": png,
		"d01-a/page": {Image: "<script>alert(1)</script>", MediaType: "text/html"}}
}

func TestThumbnail(t *testing.T) {
	st := newSite(t, withPictures)
	b := st.as(t, schema.RoleAnalyst)
	a := b.get("/accounts/d01-a/posts/C7x_000/thumbnail")
	etag := a.Header.Get("ETag")
	if a.StatusCode != 200 || a.body != picturePNG || a.Header.Get("Content-Type") != "image/png" ||
		a.Header.Get("Cache-Control") != "private, max-age=86400" || etag == "" || a.Header.Get("Content-Security-Policy") != policy {
		t.Errorf("a picture: %d of %d bytes, %v", a.StatusCode, len(a.body), a.Header)
	}
	if a := b.get("/accounts/d01-a/posts/C7x_000/thumbnail", "If-None-Match", etag); a.StatusCode != http.StatusNotModified || a.body != "" {
		t.Errorf("a picture that the browser has: %d", a.StatusCode)
	}
	for _, path := range []string{"/accounts/d01-a/posts/none/thumbnail", "/accounts/none/posts/C7x_000/thumbnail", "/accounts/d01-a/posts/page/thumbnail"} {
		if a := b.get(path); a.StatusCode != 404 || strings.Contains(a.body, "alert(1)") || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d, want 404", path, a.StatusCode)
		}
	}
	for _, role := range []schema.Role{schema.RoleDepartmentHead, schema.RoleOfficer} {
		b := st.as(t, role)
		if a := b.get("/accounts/d01-a/posts/C7x_000/thumbnail"); a.StatusCode != 200 {
			t.Errorf("%s, own department: %d", role, a.StatusCode)
		}
		if a := b.get("/accounts/d02-a/posts/C7x_001/thumbnail"); a.StatusCode != 403 || a.body == picturePNG {
			t.Errorf("%s, another department: %d, want 403", role, a.StatusCode)
		}
	}
	for i := range st.stats.accounts {
		st.stats.accounts[i].Status = schema.StatusClosed
	}
	if a := b.get("/accounts/d01-a/posts/C7x_000/thumbnail"); a.StatusCode != 404 {
		t.Errorf("of a closed account: %d, want 404", a.StatusCode)
	}
}

func TestPicturesInPages(t *testing.T) {
	st := newSite(t, withPictures)
	st.stats.change(func() { st.stats.post.Thumbnail = true })
	b := st.as(t, schema.RoleAnalyst)
	for path, want := range map[string]string{
		"/posts":                        `<img class="picture" src="/accounts/d02-a/posts/C7x_001/thumbnail" alt="A boat &amp; its crew" width="48" height="48" loading="lazy" decoding="async">`,
		"/accounts/d01-a/posts/C7x_000": `<img class="picture" src="/accounts/d01-a/posts/C7x_000/thumbnail" alt="A child is given drops by a vaccinator" width="64" height="64" loading="lazy" decoding="async">`,
		"/report?month=2026-05":         `<img class="picture" src="data:image/png;base64,iVBOR`,
	} {
		if a := b.get(path); strings.Count(a.body, "<img") != 1 || !strings.Contains(a.body, want) {
			t.Errorf("%s: %d pictures, want one: %s", path, strings.Count(a.body, "<img"), want)
		}
	}
}

func TestPostDetails(t *testing.T) {
	st := newSite(t, withPosts)
	b := st.as(t, schema.RoleAnalyst)
	got := text(b.get("/posts").body)
	for _, want := range []string{"Image 3:07 ·", "· advertising", "private since 28 May 11:00", "deleted since 28 May 11:00"} {
		if !strings.Contains(got, want) {
			t.Errorf("the list does not say %q", want)
		}
	}
	const path = "/accounts/d01-a/posts/C7x_000"
	page := func(edit func(p *analytics.Post)) string {
		st.stats.change(func() {
			st.stats.post = samplePost()
			edit(&st.stats.post)
		})
		return squeeze(text(b.get(path).body))
	}
	for name, tt := range map[string]struct {
		edit func(p *analytics.Post)
		want []string
		not  []string
	}{
		"told": {func(p *analytics.Post) {
			p.Seconds, p.Captions, p.Paid, p.AltText = new(int64(3725)), new(false), new(true), sp(" ")
		},
			[]string{"Length 1:02:05", "Captions no", "Description of the picture no", "Advertising advertising or paid partnership, says the platform"}, nil},
		"not told": {func(p *analytics.Post) { p.Seconds, p.Captions, p.Paid, p.AltText = nil, nil, nil, nil },
			[]string{"Length the platform does not say", "Captions the platform does not say", "Description of the picture the platform does not say", "Advertising the platform does not say"}, []string{"Paid and organic"}},
		"a text": {func(p *analytics.Post) { p.Format, p.Seconds, p.Captions, p.AltText = schema.FormatText, nil, nil, nil },
			[]string{"Advertising no, says the platform"}, []string{"Length", "Captions", "Description of the picture"}},
		"paid numbers": {func(p *analytics.Post) {
			p.PaidFor = []analytics.PaidNumber{{Name: "impression_count", Paid: f(1200), Organic: f(0), At: noon.Add(-time.Hour)}, {Name: "post_media_view", Paid: f(40), At: noon}}
		}, []string{"Paid and organic", "impression_count 1,200 0 28 May 11:00", "post_media_view 40 –"}, nil},
		"gone":     {absentFor(schema.AbsenceGone), []string{"deleted, hidden or made private, and the platform does not say which. Seen to be gone on 28 May 11:00"}, nil},
		"deleted":  {absentFor(schema.AbsenceDeleted), []string{"The account has deleted this post, as the platform says; seen on 28 May 11:00"}, nil},
		"private":  {absentFor(schema.AbsencePrivate), []string{"This post has been made private; seen on 28 May 11:00"}, nil},
		"expired":  {absentFor(schema.AbsenceExpired), []string{"This story has expired"}, nil},
		"account":  {absentFor(schema.AbsenceAccount), []string{"protected, suspended or gone; seen on 28 May 11:00"}, nil},
		"imported": {absentFor(schema.AbsenceNone), []string{"it was seen to be gone on 28 May 11:00"}, nil},
	} {
		got := page(tt.edit)
		for _, want := range tt.want {
			if !strings.Contains(got, squeeze(want)) {
				t.Errorf("%s: the page does not say %q", name, want)
			}
		}
		for _, not := range tt.not {
			if strings.Contains(got, squeeze(not)) {
				t.Errorf("%s: the page says %q", name, not)
			}
		}
	}
}

// squeeze takes out spaces: where cells meet, the text of a page has none.
func squeeze(s string) string { return strings.ReplaceAll(s, " ", "") }

func absentFor(a schema.Absence) func(*analytics.Post) {
	return func(p *analytics.Post) { p.DeletedAt, p.Absence = tm(noon.Add(-time.Hour)), a }
}
