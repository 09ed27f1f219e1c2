package dashboard

import (
	"encoding/csv"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/schema"
)

// sampleComments is n threads; the first has an official answer, the second is
// hidden and in Urdu, and the third would be markup.
func sampleComments(n int) []analytics.Thread {
	list := make([]analytics.Thread, n)
	for i := range list {
		at := noon.Add(-time.Duration(i+1) * time.Hour)
		list[i].Comment = schema.Comment{AccountID: "d01-a", PostID: "C7x_000", CommentID: fmt.Sprint("c", i), Author: uint64(1000 + i), Text: fmt.Sprint("Comment ", i), PublishedAt: at, CollectedAt: noon}
	}
	edit := []func(*analytics.Thread){
		func(t *analytics.Thread) {
			t.Text, t.Likes, t.Replies = "When do the teams come to Gwadar?", new(int64(4)), new(int64(1))
			t.Answers = []schema.Comment{{CommentID: "a0", ParentID: "c0", Official: true, Author: 77, Text: "On Monday, to every house.", PublishedAt: noon.Add(-30 * time.Minute), CollectedAt: noon}}
		},
		func(t *analytics.Thread) {
			t.Text, t.Hidden = "ہمارے گاؤں میں ٹیم کب آئے گی؟", new(true)
		},
		func(t *analytics.Thread) { t.Text = `=cmd|"<script>alert(1)</script>` },
		func(t *analytics.Thread) { t.Text = "" },
	}
	for i := range min(n, len(edit)) {
		edit[i](&list[i])
	}
	return list
}

func TestComments(t *testing.T) {
	st := newSite(t, withPosts)
	b := st.as(t, schema.RoleAnalyst)
	const path = "/accounts/d01-a/posts/C7x_000"
	if got := text(b.get(path).body); !strings.Contains(got, "No comment under this post has been read") {
		t.Error("nothing is said of a post without comments")
	}
	st.stats.change(func() { st.stats.comments = sampleComments(53) })
	a := b.get(path)
	got := squeeze(text(a.body))
	for _, want := range []string{
		"Of the 54 comments that were read: official answers 1, unanswered for more than a day 3.",
		"28 May 11:00 · 4 likes When do the teams come to Gwadar? official answer · 28 May 11:30 On Monday, to every house.",
		"28 May 10:00 · hidden ہمارے گاؤں میں ٹیم کب آئے گی؟", "without words", "Threads 1–50 of 53",
	} {
		if !strings.Contains(got, squeeze(want)) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(a.body, "<script>alert") || strings.Contains(a.body, "1000") || !strings.Contains(a.body, `<p class="whole" dir="auto">ہمارے`) {
		t.Error("a comment is markup, or has an author, or has not its own direction")
	}
	if a := b.get(path + "?comments=2"); !strings.Contains(text(a.body), "Threads 51–53 of 53") || !strings.Contains(a.body, path+"?comments=1#comments") {
		t.Error("no second page")
	}
	if a := b.get(path + "?comments=9"); a.StatusCode != 200 || !strings.Contains(text(a.body), "This page lies beyond the last comment.") {
		t.Errorf("beyond the last page: %d", a.StatusCode)
	}
	if a := b.get(path + "?comments=-1"); a.StatusCode != 200 || !strings.Contains(text(a.body), "Threads 1–50 of 53") {
		t.Errorf("no number of a page: %d", a.StatusCode)
	}
	st.stats.change(func() { st.stats.commentsErr = errors.New("store: refused") })
	if a := b.get(path); a.StatusCode != 200 || !strings.Contains(text(a.body), "The comments could not be read just now") {
		t.Errorf("comments that cannot be read take the page with them: %d", a.StatusCode)
	}
	if a := b.get(path + "/comments.csv"); a.StatusCode != 503 {
		t.Errorf("a file of comments that cannot be read: %d, want 503", a.StatusCode)
	}
}

func TestCommentsFile(t *testing.T) {
	st := newSite(t, withPosts)
	st.stats.comments = sampleComments(3)
	b := st.as(t, schema.RoleAnalyst)
	const path = "/accounts/d01-a/posts/C7x_000/comments"
	rows, err := csv.NewReader(strings.NewReader(b.get(path + ".csv").body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"Published", "Comment", "Answer to", "Official", "Text", "Likes", "Replies", "Hidden", "Last seen", "Account", "Key", "Time zone"},
		{"2026-05-28T11:00:00+05:00", "c0", "", "no", "When do the teams come to Gwadar?", "4", "1", "", "2026-05-28T12:00:00+05:00", "Health Balochistan", "C7x_000", "Asia/Karachi"},
		{"2026-05-28T11:30:00+05:00", "a0", "c0", "yes", "On Monday, to every house.", "", "", "", "2026-05-28T12:00:00+05:00", "Health Balochistan", "C7x_000", "Asia/Karachi"},
		{"2026-05-28T10:00:00+05:00", "c1", "", "no", "ہمارے گاؤں میں ٹیم کب آئے گی؟", "", "", "yes", "2026-05-28T12:00:00+05:00", "Health Balochistan", "C7x_000", "Asia/Karachi"},
		{"2026-05-28T09:00:00+05:00", "c2", "", "no", `'=cmd|"<script>alert(1)</script>`, "", "", "", "2026-05-28T12:00:00+05:00", "Health Balochistan", "C7x_000", "Asia/Karachi"},
	}
	if d := cmp.Diff(want, rows); d != "" {
		t.Errorf("CSV (-want +got):\n%s", d)
	}
	if a := b.get(path + ".xlsx"); a.StatusCode != 200 || !strings.HasPrefix(a.body, "PK") {
		t.Errorf("sheet: %d", a.StatusCode)
	}
	st.stats.change(func() { st.stats.post.Department = "d02" })
	if a := st.as(t, schema.RoleOfficer).get(path + ".csv"); a.StatusCode != 403 || strings.Contains(a.body, "Gwadar") {
		t.Errorf("another department's comments: %d, want 403", a.StatusCode)
	}
}
