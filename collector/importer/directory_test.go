package importer

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hamawaz/hamawaz/schema"
)

func recordReasons(r *RecordsResult) []string {
	return reasons(&Result{Refusals: r.Refusals})
}

func TestImportDepartmentsAndAccounts(t *testing.T) {
	im := open(t)
	list := file(t, "departments.csv", "department,short_name,urdu_name,website,kind\n"+
		"Services and General Administration Department,S&GAD,محکمہ سروسز,,department\n"+
		"Health Department,Health,محکمہ صحت,,department\n"+
		",Nothing,,,department\n"+
		"Health Department,Health,محکمہ صحت,,department\n")
	req := RecordsRequest{File: list, Actor: "test", DryRun: true}
	dry, err := im.ImportDepartments(t.Context(), req)
	if err != nil || dry.Added != 2 || dry.Refused != 2 {
		t.Fatalf("dry run: %+v, %v", dry, err)
	}
	if d, err := im.Directory.Departments(t.Context()); err != nil || len(d) != 0 {
		t.Errorf("the dry run saved %v, %v", d, err)
	}
	req.DryRun = false
	r, err := im.ImportDepartments(t.Context(), req)
	if err != nil || r.Added != 2 {
		t.Fatalf("%+v, %v", r, err)
	}
	if d := cmp.Diff([]string{"4 name_en missing", "5 id taken"}, recordReasons(r)); d != "" {
		t.Errorf("refusals (-want +got):\n%s", d)
	}
	if again, err := im.ImportDepartments(t.Context(), req); err != nil || again.Unchanged != 2 || again.Added+again.Changed != 0 {
		t.Errorf("again: %+v, %v", again, err)
	}

	accounts := file(t, "accounts.csv", "Account,Platform,Department,Language,URL,handle,id,access\n"+
		"Health on X,X,Health Department,English,https://x.com/HealthBalochistan,,,\n"+
		"Health on Instagram,Instagram,محکمہ صحت,Urdu,,@health,health-ig,\n"+
		"Health on Insta,Intagram,health,Urdu,,health2,,\n"+
		"Nobody's,Facebook,Fisheries,Urdu,,fish,,\n"+
		"Twice,twitter,Health,Urdu,,healthbalochistan,other,\n"+
		"Owner,Facebook,S&GAD,Urdu,,sgad,,owner\n"+
		"Bad id,Facebook,S&GAD,Urdu,,sgad2,Big ID,\n"+
		"News,website,Health,Urdu,https://www.health.gos.pk/news/feed/,,,\n"+
		"No feed,RSS,Health,Urdu,health.gos.pk,health.gos.pk,,\n"+
		"No address,feed,Health,Urdu,,health.gos.pk,,\n")
	areq := RecordsRequest{File: accounts, Actor: "test"}
	if r, err := im.ImportAccounts(t.Context(), areq); err != nil || r.Added != 0 || r.Refusals[0].Field != "reason" {
		t.Errorf("without an approval: %+v, %v", r, err)
	}
	areq.Reason = "Letter 7"
	r, err = im.ImportAccounts(t.Context(), areq)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"4 platform invalid", "5 department invalid", "6 handle taken", "7 platform_id missing", "8 id invalid", "10 url invalid", "11 url missing"}
	if d := cmp.Diff(want, recordReasons(r)); d != "" || r.Added != 3 {
		t.Errorf("added %d (-want +got):\n%s", r.Added, d)
	}
	if d := cmp.Diff([]string{"Language"}, r.Ignored); d != "" {
		t.Errorf("ignored headings (-want +got):\n%s", d)
	}
	if again, err := im.ImportAccounts(t.Context(), areq); err != nil || again.Unchanged != 3 || again.Added+again.Changed != 0 {
		t.Errorf("again: %+v, %v", again, err)
	}
	// A new name is a new version; what the list leaves out stays.
	areq.File = file(t, "more.csv", "name;platform;department;handle\nHealth Balochistan;x;health;HealthBalochistan\nNews of health;feed;health;health.gos.pk-news\n")
	if r, err := im.ImportAccounts(t.Context(), areq); err != nil || r.Changed != 2 {
		t.Errorf("changed: %+v, %v", r, err)
	}
	a, err := im.Directory.Account(t.Context(), "healthbalochistan-x")
	if err != nil || a.Name != "Health Balochistan" || a.Number != 2 || a.URL != "https://x.com/HealthBalochistan" || a.Status != schema.StatusApproved {
		t.Errorf("account %+v, %v", a, err)
	}
	a, err = im.Directory.Account(t.Context(), "health.gos.pk-news-feed")
	if err != nil || a.Name != "News of health" || a.Platform != schema.Feed || a.Handle != "health.gos.pk-news" || a.URL != "https://www.health.gos.pk/news/feed/" {
		t.Errorf("website %+v, %v", a, err)
	}
}
