package main

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/hamawaz/hamawaz/schema"
)

// TestStandIns: one address answers for all platforms, and every account has a
// department that is saved once.
func TestStandIns(t *testing.T) {
	platforms, err := sandboxSettings{Seed: 1, Modelled: true}.load()
	if err != nil {
		t.Fatal(err)
	}
	server := platforms.serve(standInOptions{})
	for path, want := range map[string]string{
		"/youtube/v3/videos?part=id&id=x": `"authError"`,
		"/2/tweets?ids=1":                 `"https://api.twitter.com/2/problems/resource-not-found"`,
		"/oauth2/token":                   "",
		"/v25.0/1":                        `"GraphMethodException"`,
		"/v25.0/1/insights":               `"GraphMethodException"`,
	} {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("Authorization", "Bearer "+server.token)
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		if !strings.Contains(w.Body.String(), want) || want == "" && w.Header().Get("Allow") != "POST" {
			t.Errorf("GET %s: got %d %s, want %s", path, w.Code, w.Body, want)
		}
	}
	accounts := map[schema.AccountID]bool{}
	departments := map[schema.DepartmentID]int{}
	for _, world := range platforms.worlds() {
		for _, a := range world.Accounts() {
			id := standInAccount(world, a)
			if accounts[id] || checkID(string(id)) != nil || checkID(string(a.Department.ID())) != nil {
				t.Errorf("account %s of department %s", id, a.Department.ID())
			}
			accounts[id] = true
			departments[a.Department.ID()]++
		}
	}
	if departments["parana"] < 2 || departments["cdc"] != 1 {
		t.Errorf("accounts by department: %v", departments)
	}
}

// TestStandInHosts: pictures may be fetched without TLS, and from within, where
// a stand-in is, and nowhere in an office.
func TestStandInHosts(t *testing.T) {
	office := collectSettings{FacebookURL: "https://graph.facebook.com", TikTokURL: "https://open.tiktokapis.com", XURL: ":"}
	if got := office.standInHosts(); len(got) != 0 {
		t.Errorf("hosts of an office: %q, want none", got)
	}
	demo := collectSettings{FacebookURL: "http://127.0.0.1:9000", FeedURL: "http://127.0.0.1:9000", XURL: "http://sandbox"}
	if got := demo.standInHosts(); !slices.Equal(got, []string{"127.0.0.1:9000", "sandbox:80"}) {
		t.Errorf("hosts of a demo: %q", got)
	}
}
