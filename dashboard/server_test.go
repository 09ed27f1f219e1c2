package dashboard

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/schema"
)

// Who may do what, written down a second time: a change of the table must be
// meant.
func TestRoutesByRole(t *testing.T) {
	const nobody = schema.Role("")
	all := schema.Roles()
	staff := []schema.Role{schema.RoleAdministrator, schema.RoleAnalyst}
	want := map[string]struct {
		roles   []schema.Role
		allowed int // the status of who may
	}{
		"GET /overview.csv":                                {all, 200},
		"GET /overview.xlsx":                               {all, 200},
		"GET /":                                            {all, 200},
		"GET /departments/:department":                     {all, 200}, // d01, of which the heads and officers are
		"GET /accounts/:account":                           {all, 404},
		"GET /report":                                      {all, 200},
		"GET /reports":                                     {staff, 200},
		"GET /reports.csv":                                 {staff, 200},
		"GET /reports.xlsx":                                {staff, 200},
		"GET /reports/schedule":                            {staff, 200},
		"POST /reports/schedule":                           {staff, 400}, // an empty form
		"POST /reports/:schedule/status":                   {staff, 404}, // no such schedule
		"POST /reports/:schedule/send":                     {staff, 404},
		"GET /reports/runs/:run/:language":                 {staff, 404}, // no such run
		"GET /reach":                                       {all, 200},
		"GET /reach.csv":                                   {all, 200},
		"GET /reach.xlsx":                                  {all, 200},
		"GET /collection":                                  {staff, 200},
		"GET /collection/table":                            {staff, 200},
		"POST /collection/:account/collect":                {staff, 303},
		"GET /collection/:account":                         {staff, 200},
		"GET /imports":                                     {staff, 200},
		"GET /imports/new":                                 {staff, 200},
		"GET /imports/sample.csv":                          {staff, 200},
		"POST /imports/uploads":                            {staff, 400}, // an empty form
		"GET /imports/uploads/:upload":                     {staff, 404}, // no such upload
		"GET /imports/uploads/:upload/progress":            {staff, 404},
		"GET /imports/uploads/:upload/:file":               {staff, 404},
		"PUT /imports/uploads/:upload/:file":               {staff, 404},
		"POST /imports/uploads/:upload/choices":            {staff, 404},
		"POST /imports/uploads/:upload/map":                {staff, 404},
		"POST /imports/uploads/:upload/import":             {staff, 404},
		"POST /imports/uploads/:upload/remove":             {staff, 404},
		"GET /imports/:id":                                 {staff, 404}, // no such import
		"GET /imports/:id/refusals.csv":                    {staff, 404},
		"GET /imports/:id/refusals.xlsx":                   {staff, 404},
		"GET /imports/:id/undo":                            {staff, 404},
		"POST /imports/:id/undo":                           {staff, 404},
		"GET /posts":                                       {all, 200},
		"GET /posts.csv":                                   {all, 200},
		"GET /posts.xlsx":                                  {all, 200},
		"GET /accounts/:account/posts/:post":               {all, 404}, // no such post
		"GET /accounts/:account/posts/:post/thumbnail":     {all, 404},
		"GET /accounts/:account/posts/:post/comments.csv":  {all, 404},
		"GET /accounts/:account/posts/:post/comments.xlsx": {all, 404},
		"GET /accounts/:account/posts/:post/post.csv":      {all, 404},
		"GET /accounts/:account/posts/:post/post.xlsx":     {all, 404},
		"GET /accounts/:account/posts/:post/figures":       {staff, 404}, // no such post
		"POST /accounts/:account/posts/:post/figures":      {staff, 404},
		"GET /metrics":                                     {all, 200},
		"GET /metrics.csv":                                 {all, 200},
		"GET /metrics.xlsx":                                {all, 200},
		"GET /people":                                      {[]schema.Role{schema.RoleAdministrator}, 200},
		"POST /people":                                     {[]schema.Role{schema.RoleAdministrator}, 400}, // an empty form
		"GET /people/:id":                                  {[]schema.Role{schema.RoleAdministrator}, 404}, // nobody
		"POST /people/:id":                                 {[]schema.Role{schema.RoleAdministrator}, 404},
		"POST /people/:id/password":                        {[]schema.Role{schema.RoleAdministrator}, 404},
		"GET /connections":                                 {staff, 200},
		"GET /connections/callback/:platform":              {[]schema.Role{schema.RoleAdministrator}, 303}, // back to the page, which says that nobody asked
		"GET /connections/:account/disconnect":             {[]schema.Role{schema.RoleAdministrator}, 404}, // no such account
		"POST /connections/:account/connect":               {[]schema.Role{schema.RoleAdministrator}, 404},
		"POST /connections/:account/disconnect":            {[]schema.Role{schema.RoleAdministrator}, 404},
		"POST /notes":                                      {staff, 400}, // an empty form
		"POST /notes/:note/remove":                         {staff, 404}, // no such note
		"GET /me":                                          {all, 200},
		"POST /me/digits":                                  {all, 303},
		"POST /me/password":                                {all, 400}, // an empty form
		"POST /sign-out":                                   {append(slices.Clone(all), nobody), 303},
		"POST /language":                                   {append(slices.Clone(all), nobody), 303},
		"GET /healthz":                                     {append(slices.Clone(all), nobody), 200},
		"GET /favicon.ico":                                 {append(slices.Clone(all), nobody), 200},
		"GET /assets/*":                                    {append(slices.Clone(all), nobody), 200},
		"GET /sign-in":                                     {[]schema.Role{nobody}, 200}, // the others are there already: 303
		"POST /sign-in":                                    {nil, 0},                     // see the tests of signing in
	}
	st := newSite(t)
	var seen []string
	for _, r := range st.app.GetRoutes(true) {
		if r.Method == "HEAD" {
			continue
		}
		name := r.Method + " " + r.Path
		seen = append(seen, name)
		w, ok := want[name]
		if !ok {
			t.Errorf("route %s is not in this test's table", name)
			continue
		}
		if w.allowed == 0 {
			continue
		}
		for _, role := range append(slices.Clone(all), nobody) {
			b := st.browser(t)
			page := "/sign-in"
			if role != nobody {
				b, page = st.as(t, role), "/"
			}
			path := strings.NewReplacer(":department", "d01", ":schedule", "nothing", ":run", "nothing", ":language", "en", ":upload", "nothing", ":file", "0", ":post", "nothing", ":id", "nobody", ":note", "nothing", ":account", "acc-3", "/assets/*", st.static.address["css/app.css"]).Replace(r.Path)
			var got answer
			switch r.Method {
			case "PUT":
				got = b.put(path, []byte("x"), "X-Token", b.token(page))
			case "POST":
				got = b.post(path, url.Values{"token": {b.token(page)}})
			default:
				got = b.get(path)
			}
			expect := w.allowed
			switch {
			case slices.Contains(w.roles, role):
			case name == "GET /sign-in":
				expect = 303
			case role != nobody:
				expect = 403
			case r.Method == "POST" || r.Method == "PUT" || path == "/collection/table":
				expect = 401
			default:
				expect = 303
				if to := got.Header.Get("Location"); !strings.HasPrefix(to, "/sign-in?next=") {
					t.Errorf("%s signed out: sent to %q", name, to)
				}
			}
			if got.StatusCode != expect {
				t.Errorf("%s as %q: got %d, want %d", name, role, got.StatusCode, expect)
			}
		}
	}
	if len(seen) != len(want) {
		t.Errorf("routes: got %d %v, want %d", len(seen), seen, len(want))
	}
}

func TestRouteWithoutRule(t *testing.T) {
	st := newSite(t)
	st.app.Get("/secret", func(c *fiber.Ctx) error { return nil })
	if err := st.checkRoutes(st.app); err == nil || !strings.Contains(err.Error(), "GET /secret has no rule") {
		t.Errorf("checkRoutes: got %v, want that GET /secret has no rule", err)
	}
}

func TestAppNamesWhatIsMissing(t *testing.T) {
	if _, err := (&Server{}).App(); err == nil || !strings.Contains(err.Error(), "is not set") {
		t.Errorf("App of an empty Server: got %v", err)
	}
	_, err := readAssets(fstest.MapFS{"css/app.css": {}})
	if want := "static/vendor/echarts.js is missing: run make build"; err == nil || err.Error() != want {
		t.Errorf("readAssets without vendor: got %v, want %s", err, want)
	}
}

func TestHeaders(t *testing.T) {
	for _, secure := range []bool{false, true} {
		st := newSite(t, func(st *site) { st.Secure = secure })
		for _, path := range []string{"/sign-in", "/healthz", "/nothing", "/?x=" + strings.Repeat("a", 100)} {
			a := st.browser(t).get(path)
			want := map[string]string{
				"Content-Security-Policy":    policy,
				"X-Content-Type-Options":     "nosniff",
				"Referrer-Policy":            "same-origin",
				"Cross-Origin-Opener-Policy": "same-origin",
				"Cache-Control":              "no-store",
				"Server":                     "",
				"Strict-Transport-Security":  map[bool]string{true: "max-age=31536000; includeSubDomains"}[secure],
			}
			for name, value := range want {
				if got := a.Header.Get(name); got != value {
					t.Errorf("GET %s, secure %v: %s is %q, want %q", path, secure, name, got, value)
				}
			}
			if strings.Contains(a.Header.Get("Content-Security-Policy"), "unsafe") || a.Header.Get("Permissions-Policy") == "" {
				t.Errorf("GET %s: weak policy", path)
			}
			for _, c := range a.Cookies() {
				if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Secure != secure || c.Path != "/" || secure != strings.HasPrefix(c.Name, "__Host-") {
					t.Errorf("GET %s, secure %v: cookie %s", path, secure, c)
				}
			}
		}
	}
}

func TestHealthz(t *testing.T) {
	st := newSite(t)
	st.store.fail = true // it must not need a session
	if a := st.browser(t).get("/healthz"); a.StatusCode != 200 || a.body != `{"ok":true}` || len(a.Cookies()) != 0 {
		t.Errorf("GET /healthz: %d %s %v", a.StatusCode, a.body, a.Cookies())
	}
}

func TestErrorPages(t *testing.T) {
	st := newSite(t)
	b := st.as(t, schema.RoleReader)
	for _, tt := range []struct {
		name   string
		got    answer
		status int
		words  string
	}{
		{"not found", b.get("/nothing"), 404, "There is nothing here"},
		{"method", b.get("/sign-out"), 405, "cannot be used like that"},
		{"forbidden", b.get("/collection"), 403, "Not for your role"},
		{"bad table", b.get("/overview.csv?table=x"), 400, "There is no such table"},
		{"bad day", b.get("/overview.csv?from=1&to=2"), 400, "The first day is not a date"},
		{"no token", b.post("/language", url.Values{}), 403, "The form has expired"},
		{"in Urdu", b.get("/nothing", "Accept-Language", "ur-PK,en;q=0.5"), 404, "یہاں کچھ نہیں"},
	} {
		if tt.got.StatusCode != tt.status || !strings.Contains(tt.got.body, tt.words) {
			t.Errorf("%s: got %d, want %d and %q in\n%s", tt.name, tt.got.StatusCode, tt.status, tt.words, tt.got.body)
		}
		if tt.words != "" && !strings.Contains(tt.got.body, tt.got.Header.Get("X-Request-Id")) {
			t.Errorf("%s: the page does not show the request's number", tt.name)
		}
	}

	// Announced is enough: the body of a form that is too large is not read.
	conn, err := net.Dial("tcp", strings.TrimPrefix(st.serve(t), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /sign-in HTTP/1.1\r\nHost: hamawaz.test\r\nContent-Length: %d\r\n\r\n", bodyLimit+1)
	large, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || large.StatusCode != 413 || large.Header.Get("Content-Security-Policy") != policy {
		t.Errorf("large form: %v %v", large, err)
	}

	st.store.fail = true
	if a := b.get("/"); a.StatusCode != 503 || !strings.Contains(a.body, "Not available right now") || strings.Contains(a.body, "connection refused") {
		t.Errorf("storage down: %d\n%s", a.StatusCode, a.body)
	}
	if !strings.Contains(st.log.String(), "connection refused") {
		t.Errorf("the cause is not in the log:\n%s", st.log)
	}
}

func TestPanicIsAPage(t *testing.T) {
	st := newSite(t)
	st.People = nil // whoever asks for it panics
	a := st.browser(t).get("/sign-in", "Accept-Language", "ur")
	if a.StatusCode != 500 || !strings.Contains(a.body, "کچھ غلط ہو گیا") || strings.Contains(a.body, "nil pointer") {
		t.Errorf("panic: %d\n%s", a.StatusCode, a.body)
	}
	if !strings.Contains(st.log.String(), a.Header.Get("X-Request-Id")) || !strings.Contains(st.log.String(), "nil pointer") {
		t.Errorf("the panic is not in the log:\n%s", st.log)
	}
}

func TestExplain(t *testing.T) {
	for _, tt := range []struct {
		err    error
		status int
	}{
		{errors.New("x"), 500}, {schema.ErrNotFound, 404}, {errForbidden, 403}, {errSignIn, 401}, {errTooMany, 429},
		{fiber.ErrMethodNotAllowed, 405}, {fiber.ErrRequestEntityTooLarge, 413}, {fiber.ErrTooManyRequests, 429},
		{fiber.ErrBadRequest, 400}, {fiber.ErrUnauthorized, 401}, {fiber.ErrBadGateway, 500}, {errUnavailable, 503}, {inputError{"problem.table"}, 400},
	} {
		if status, _ := explain(tt.err); status != tt.status {
			t.Errorf("explain(%v): got %d, want %d", tt.err, status, tt.status)
		}
	}
}

func TestAssets(t *testing.T) {
	st := newSite(t)
	b := st.browser(t)
	for name, address := range st.static.address {
		if !regexp.MustCompile(`^/assets/[a-z0-9-]+\.[0-9a-f]{12}\.(css|js|svg|woff2|txt)$`).MatchString(address) {
			t.Errorf("%s has the address %s", name, address)
		}
		plain := b.get(address)
		if plain.StatusCode != 200 || plain.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" || plain.Header.Get("Content-Encoding") != "" {
			t.Errorf("GET %s: %d %v", address, plain.StatusCode, plain.Header)
		}
	}
	for _, tt := range []struct{ name, accept, want string }{
		{"vendor/echarts.js", "gzip, br", "br"}, {"vendor/echarts.js", "gzip", "gzip"}, {"vendor/echarts.js", "br;q=0, gzip;q=0.5", "gzip"},
		{"vendor/echarts.js", "zstd", ""}, {"vendor/inter-400.woff2", "gzip, br", ""},
	} {
		a := b.get(st.static.address[tt.name], "Accept-Encoding", tt.accept)
		if got := a.Header.Get("Content-Encoding"); got != tt.want {
			t.Errorf("%s with %q: encoding %q, want %q", tt.name, tt.accept, got, tt.want)
		}
	}
	for _, path := range []string{"/assets/app.000000000000.css", "/assets/../server.go", "/assets/src/echarts.js", "/assets/"} {
		if a := b.get(path); a.StatusCode != 404 {
			t.Errorf("GET %s: got %d, want 404", path, a.StatusCode)
		}
	}
}

// Style sheets hold nothing from elsewhere, and no physical sides.
func TestStyleSheet(t *testing.T) {
	css, err := fs.ReadFile(staticFiles, "static/css/app.css")
	if err != nil {
		t.Fatal(err)
	}
	if m := regexp.MustCompile(`(margin|padding|border|inset)-(left|right)|[{; ](left|right|float):|https?:`).FindAllString(string(css), -1); m != nil {
		t.Errorf("app.css: %q", m)
	}
}

// The weight of a page: HTML and style sheet, compressed, before the first
// figure shows.
func TestWeight(t *testing.T) {
	st := newSite(t)
	b := st.as(t, schema.RoleAnalyst)
	for _, lang := range []string{"en", "ur"} {
		page := b.get("/", "Accept-Encoding", "gzip", "Accept-Language", lang)
		if page.Header.Get("Content-Encoding") != "gzip" {
			t.Fatal("the page is not compressed")
		}
		css := b.get(st.static.address["css/app.css"], "Accept-Encoding", "gzip")
		if sum := len(page.body) + len(css.body); sum > 60_000 {
			t.Errorf("%s: %d bytes of HTML and %d of CSS, want 60,000 at most", lang, len(page.body), len(css.body))
		} else {
			t.Logf("%s: %d bytes of HTML, %d of CSS", lang, len(page.body), len(css.body))
		}
	}
}

func TestClientIP(t *testing.T) {
	app := fiber.New(fiber.Config{EnableTrustedProxyCheck: true, TrustedProxies: []string{"0.0.0.0"}})
	var got string
	app.Get("/", func(c *fiber.Ctx) error { got = clientIP(c); return nil })
	r, _ := http.NewRequest("GET", "/", nil)
	r.Header.Set("X-Forwarded-For", "6.6.6.6, 10.0.0.7")
	if _, err := app.Test(r); err != nil {
		t.Fatal(err)
	}
	if got != "10.0.0.7" {
		t.Errorf("clientIP behind a trusted proxy: got %s, want what the proxy saw, 10.0.0.7", got)
	}
}

func TestLimit(t *testing.T) {
	now := noon
	l := &limit{store: &memory{m: map[string][]byte{}}, max: 2, window: time.Minute, now: func() time.Time { return now }}
	var waits []bool
	for _, step := range []time.Duration{0, time.Second, time.Second, 30 * time.Second, 40 * time.Second} {
		now = now.Add(step)
		wait, err := l.take("a")
		if err != nil {
			t.Fatal(err)
		}
		waits = append(waits, wait > 0)
	}
	if want := []bool{false, false, true, true, false}; !cmp.Equal(waits, want) {
		t.Errorf("refused: got %v, want %v", waits, want)
	}
	if wait, _ := l.take("b"); wait != 0 {
		t.Error("another address is refused too")
	}
}
