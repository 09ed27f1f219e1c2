package dashboard

import (
	"strings"
	"testing"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/schema"
)

// withAccounts gives the site one account of department d01 and one of d02.
func withAccounts(st *site) {
	st.stats.accounts = []schema.Account{
		{ID: "d01-a", Department: "d01", Platform: schema.Instagram, Handle: "health", Name: "Health on Instagram",
			URL: "https://www.instagram.com/health/", Access: schema.AccessOwner, Status: schema.StatusApproved},
		{ID: "d02-a", Department: "d02", Platform: schema.X, Handle: "police", Name: "Police on X",
			URL: "javascript:alert(1)", Access: schema.AccessPublic, Status: schema.StatusClosed},
	}
}

func TestDepartmentAndAccountByRole(t *testing.T) {
	st := newSite(t, withAccounts)
	for _, tt := range []struct {
		role        schema.Role
		own, others int
	}{
		{schema.RoleAdministrator, 200, 200},
		{schema.RoleAnalyst, 200, 200},
		{schema.RoleReader, 200, 200},
		{schema.RoleDepartmentHead, 200, 403},
		{schema.RoleOfficer, 200, 403},
	} {
		b := st.as(t, tt.role)
		for path, want := range map[string]int{
			"/departments/d01": tt.own, "/accounts/d01-a": tt.own, "/overview.csv?account=d01-a": tt.own,
			"/departments/d02": tt.others, "/accounts/d02-a": tt.others, "/overview.csv?account=d02-a": tt.others,
		} {
			if a := b.get(path); a.StatusCode != want {
				t.Errorf("%s GET %s: status %d, want %d", tt.role, path, a.StatusCode, want)
			}
		}
	}
	b := st.as(t, schema.RoleAnalyst)
	for _, path := range []string{"/departments/none", "/accounts/none", "/overview.csv?account=none"} {
		if a := b.get(path); a.StatusCode != 404 {
			t.Errorf("GET %s: status %d, want 404", path, a.StatusCode)
		}
	}
}

func TestDepartmentAsksForItsOwnFigures(t *testing.T) {
	st := newSite(t, withAccounts)
	b := st.as(t, schema.RoleAnalyst)
	a := b.get("/departments/d02?period=7d&platform=x&metric=views&compare=year&department=d01")
	if a.StatusCode != 200 {
		t.Fatalf("status %d", a.StatusCode)
	}
	f := st.stats.asked[len(st.stats.asked)-1]
	if len(f.Departments) != 1 || f.Departments[0] != "d02" || len(f.Platforms) != 1 || f.Platforms[0] != schema.X {
		t.Errorf("asked for %+v, want department d02 on X", f)
	}
	for _, want := range []string{
		`href="/overview.csv?compare=year&amp;department=d02&amp;metric=views&amp;period=7d&amp;platform=x&amp;table=days"`,
		"Views per day", "Last year", `href="/">Overview</a>`,
	} {
		if !strings.Contains(a.body, want) {
			t.Errorf("page lacks %q", want)
		}
	}
	if strings.Contains(a.body, `id="departments"`) {
		t.Error("the page of one department has a league of departments")
	}
}

func TestAccountPage(t *testing.T) {
	st := newSite(t, withAccounts)
	b := st.as(t, schema.RoleAnalyst)
	a := b.get("/accounts/d02-a?view=activity")
	if f := st.stats.asked[len(st.stats.asked)-1]; len(f.Accounts) != 1 || f.Accounts[0] != "d02-a" || len(f.Departments) != 0 {
		t.Errorf("asked for %+v, want account d02-a", f)
	}
	for _, want := range []string{"Police on X", "@police", "closed", "as anyone may see it", `href="/departments/d02"`, "account=d02-a"} {
		if !strings.Contains(a.body, want) {
			t.Errorf("page lacks %q", want)
		}
	}
	if strings.Contains(a.body, "javascript:") || strings.Contains(a.body, `<select id="department"`) {
		t.Error("the page has a link that is none, or a filter that it cannot have")
	}
	// Heads are shown the way to their own department only.
	head := st.as(t, schema.RoleDepartmentHead).get("/")
	if !strings.Contains(head.body, `href="/departments/d01"`) || strings.Contains(head.body, `href="/departments/d02"`) {
		t.Error("links of the league of departments do not fit the role")
	}
}

func TestPlatformsHaveNames(t *testing.T) {
	st := newSite(t, func(st *site) {
		v := 5.0
		st.stats.overview.Platforms = []analytics.Line{{Key: "youtube", Platform: schema.YouTube, Figures: analytics.Figures{Interactions: analytics.Figure{Value: &v}}}}
	})
	got := text(part(t, st.as(t, schema.RoleAnalyst).get("/").body, "platforms"))
	if !strings.Contains(got, "YouTube") || strings.Contains(got, "youtube") {
		t.Errorf("table of platforms: %s", got)
	}
}
