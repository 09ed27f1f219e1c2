// Package dashboard is the web interface: pages that people sign in to, in
// English and in Urdu.
package dashboard

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/compress"
	"github.com/gofiber/fiber/v2/middleware/recover"
	"github.com/gofiber/fiber/v2/middleware/session"
	"github.com/valyala/fasthttp"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/schema"
)

// Stats answers the questions of the pages; *analytics.DB is one.
type Stats interface {
	ReportStats
	// ImportedAccounts returns what an import brought, by account.
	ImportedAccounts(ctx context.Context, id string) ([]analytics.ImportedAccount, error)
	Overview(ctx context.Context, sel analytics.Selection) (analytics.Overview, error)
	// Reach answers for the life of the posts, whatever view the selection has.
	Reach(ctx context.Context, sel analytics.Selection) (analytics.Reach, error)
	Collection(ctx context.Context) (analytics.Collection, error)
	// Runs returns the last n runs of the account, the newest first.
	Runs(ctx context.Context, id schema.AccountID, n int) ([]analytics.Run, error)
	Posts(ctx context.Context, q analytics.PostsQuestion) (analytics.PostsPage, error)
	// Post returns schema.ErrNotFound where there is none.
	Post(ctx context.Context, account schema.AccountID, post string) (analytics.Post, error)
	// Comments returns the stored comments under a post, analytics.CommentsPerPage
	// threads after the offset, and AllComments each of them by itself.
	Comments(ctx context.Context, account schema.AccountID, post string, offset int) (analytics.CommentsPage, error)
	AllComments(ctx context.Context, account schema.AccountID, post string, limit int) ([]schema.Comment, error)
	// MetricStatus lists what platforms did with the metrics that they were asked
	// for.
	MetricStatus(ctx context.Context) ([]analytics.MetricStatus, error)
	// Insights returns the account's own figures of the days of the period.
	Insights(ctx context.Context, id schema.AccountID, p analytics.Period) ([]analytics.Insight, error)
	// Departments lists what the filter offers, in the order to show.
	Departments(ctx context.Context) ([]schema.Department, error)
	// Accounts lists all accounts, whatever their status.
	Accounts(ctx context.Context) ([]schema.Account, error)
}

// People keeps who may sign in, and the audit log.
type People interface {
	// PersonByEmail and Person return schema.ErrNotFound where there is none.
	// The address is in small letters.
	PersonByEmail(ctx context.Context, email string) (schema.Person, error)
	Person(ctx context.Context, id string) (schema.Person, error)
	// People lists everybody who may sign in, or once could.
	People(ctx context.Context) ([]schema.Person, error)
	// SavePerson stores a new version of the person. Version.Number is the one
	// that was read; schema.ErrConflict means that somebody was faster.
	SavePerson(ctx context.Context, p schema.Person) error
	CountPeople(ctx context.Context) (int, error)

	Audit(ctx context.Context, e schema.AuditEntry) error
	// CountAudit counts the entries with the action and subject since then.
	CountAudit(ctx context.Context, action, subject string, since time.Time) (int, error)
	// LastAudit returns when each actor last did the action.
	LastAudit(ctx context.Context, action string) (map[string]time.Time, error)
}

// Notes keeps what people write on the days of the charts.
type Notes interface {
	// Annotations returns the notes on the days from first to last, both
	// included, by day, without those that were taken away.
	Annotations(ctx context.Context, first, last time.Time) ([]schema.Annotation, error)
	// Annotation returns schema.ErrNotFound where there is none.
	Annotation(ctx context.Context, id string) (schema.Annotation, error)
	AddAnnotation(ctx context.Context, a schema.Annotation) error
	RemoveAnnotation(ctx context.Context, a schema.Annotation, by string) error
}

// A Queue takes work that must not wait for its turn.
type Queue interface {
	// CollectNow asks for a run of the account. A run that waits or goes on
	// already is enough: asking again is no error.
	CollectNow(ctx context.Context, id schema.AccountID) error
	// RollUp asks for the account's daily figures anew, from the day of the
	// moment on; zero: from the first day whose readings they lack.
	RollUp(ctx context.Context, id schema.AccountID, from time.Time) error
	// SendReport asks for the schedule's report of the period that begins on
	// the day; again sends it also to those who have it. by is a person's id.
	SendReport(ctx context.Context, schedule string, from time.Time, again bool, by string) error
}

// A Demo says that the installation is one, on every page.
type Demo struct {
	Sentence        analytics.Text // what is real and what is modelled
	Email, Password string         // shown on the sign-in page; empty: not shown
	Factor          float64        // how many times as fast as real time the clock runs; 0 or 1: it does not
}

// A Server is the dashboard. Every field without a default must be set.
type Server struct {
	Stats    Stats
	People   People
	Notes    Notes
	Reports  Reports
	Imports  Imports
	Readings Readings
	Sessions fiber.Storage // sessions and counters of the sign-in limit
	Queue    Queue
	Budgets  Budgets          // nil: no budget is kept
	Now      func() time.Time // default time.Now
	Zone     *time.Location   // where days are cut; default UTC
	Log      *slog.Logger     // default slog.Default()
	Demo     *Demo            // nil: this is no demo
	Secure   bool             // reached by HTTPS: Secure cookies and HSTS
	Version  string           // shown at the foot of the menu

	// Connections keeps what owners permit. Default: no account can be
	// connected.
	Connections Connections
	// Public is the address under which people reach the dashboard, without a
	// slash at its end. Platforms send browsers back to it; needed with
	// Connections.
	Public string

	// Proxies are the addresses or ranges of reverse proxies whose
	// X-Forwarded-For and X-Forwarded-Proto are believed. Default: none.
	Proxies []string

	// Uploads is the folder in which uploaded files wait to be imported, for a
	// day at most. Default: hamawaz-uploads in the folder for temporary files.
	Uploads string

	spool      *spool
	tasks      *importTasks
	editing    sync.Mutex // held while a person's record is changed
	connecting sync.Mutex // held while a state is used up
	sessions   *session.Store
	static     *assets
	views      *views
}

// Limits of the HTTP server. Forms are small, and a page that takes longer
// than pageTimeout is a fault.
const (
	bodyLimit    = 64 << 10
	readTimeout  = 15 * time.Second
	writeTimeout = time.Minute
	idleTimeout  = 2 * time.Minute
	pageTimeout  = 25 * time.Second
	chunkTimeout = 2 * time.Minute // for a chunk of a file to come in
)

// A rule says who may use a route.
type rule struct {
	anyone bool          // signed in or not
	roles  []schema.Role // else: these
	within bool          // people of a department: only what is their own department's, see Server.within
}

func (r rule) allows(p *schema.Person) bool {
	return r.anyone || p != nil && slices.Contains(r.roles, p.Role)
}

var (
	anyone    = rule{anyone: true}
	everybody = rule{roles: schema.Roles()} // who signed in
	withinOwn = rule{roles: schema.Roles(), within: true}
	analysts  = rule{roles: []schema.Role{schema.RoleAdministrator, schema.RoleAnalyst}}
	admins    = rule{roles: []schema.Role{schema.RoleAdministrator}}
)

// A route is one row of the table of who may do what.
type route struct {
	method, path string
	rule         rule
	handle       fiber.Handler
	menu         string // key of the name in the menu; empty: not in the menu
}

// routes lists every route, in the order of the menu.
func (s *Server) routes() []route {
	return []route{
		{"GET", "/", everybody, s.overview, "menu.overview"},
		{"GET", "/overview.csv", everybody, s.overviewFile, ""},
		{"GET", "/overview.xlsx", everybody, s.overviewFile, ""},
		{"GET", "/reach", everybody, s.reach, "menu.reach"},
		{"GET", "/reach.csv", everybody, s.reachFile, ""},
		{"GET", "/reach.xlsx", everybody, s.reachFile, ""},
		{"GET", "/departments/:department", withinOwn, s.department, ""},
		{"GET", "/accounts/:account", withinOwn, s.account, ""},

		{"GET", "/posts", withinOwn, s.posts, "menu.posts"},
		{"GET", "/posts.csv", withinOwn, s.postsFile, ""},
		{"GET", "/posts.xlsx", withinOwn, s.postsFile, ""},
		{"GET", "/accounts/:account/posts/:post", withinOwn, s.post, ""},
		{"GET", "/accounts/:account/posts/:post/thumbnail", withinOwn, s.thumbnail, ""},
		{"GET", "/accounts/:account/posts/:post/post.csv", withinOwn, s.postFile, ""},
		{"GET", "/accounts/:account/posts/:post/post.xlsx", withinOwn, s.postFile, ""},
		{"GET", "/accounts/:account/posts/:post/comments.csv", withinOwn, s.commentsFile, ""},
		{"GET", "/accounts/:account/posts/:post/comments.xlsx", withinOwn, s.commentsFile, ""},

		{"GET", "/collection", analysts, s.collection, "menu.collection"},
		{"GET", "/collection/table", analysts, s.collectionTable, ""},
		{"GET", "/collection/:account", analysts, s.runs, ""},
		{"POST", "/collection/:account/collect", analysts, s.collectNow, ""},

		{"GET", "/imports", analysts, s.imports, "menu.imports"},
		{"GET", "/imports/new", analysts, s.newImport, ""},
		{"GET", "/imports/sample.csv", analysts, s.importSample, ""},
		{"POST", "/imports/uploads", analysts, s.beginUpload, ""},
		{"GET", "/imports/uploads/:upload", analysts, s.showUpload, ""},
		{"GET", "/imports/uploads/:upload/progress", analysts, s.uploadProgress, ""},
		{"GET", "/imports/uploads/:upload/:file", analysts, s.uploadSize, ""},
		{"PUT", "/imports/uploads/:upload/:file", analysts, s.uploadChunk, ""},
		{"POST", "/imports/uploads/:upload/choices", analysts, s.changeChoices, ""},
		{"POST", "/imports/uploads/:upload/map", analysts, s.changeMap, ""},
		{"POST", "/imports/uploads/:upload/import", analysts, s.startImport, ""},
		{"POST", "/imports/uploads/:upload/remove", analysts, s.removeUpload, ""},
		{"GET", "/imports/:id", analysts, s.showImport, ""},
		{"GET", "/imports/:id/refusals.csv", analysts, s.refusalsFile, ""},
		{"GET", "/imports/:id/refusals.xlsx", analysts, s.refusalsFile, ""},
		{"GET", "/imports/:id/undo", analysts, s.undoForm, ""},
		{"POST", "/imports/:id/undo", analysts, s.undoImport, ""},
		{"GET", "/accounts/:account/posts/:post/figures", analysts, s.typeFigures, ""},
		{"POST", "/accounts/:account/posts/:post/figures", analysts, s.saveTyped, ""},

		{"GET", "/report", withinOwn, s.report, "menu.report"},
		{"GET", "/reports", analysts, s.reports, "menu.reports"},
		{"GET", "/reports.csv", analysts, s.deliveriesFile, ""},
		{"GET", "/reports.xlsx", analysts, s.deliveriesFile, ""},
		{"GET", "/reports/schedule", analysts, s.scheduleForm, ""},
		{"POST", "/reports/schedule", analysts, s.saveSchedule, ""},
		{"POST", "/reports/:schedule/status", analysts, s.setScheduleStatus, ""},
		{"POST", "/reports/:schedule/send", analysts, s.sendReport, ""},
		{"GET", "/reports/runs/:run/:language", analysts, s.reportFile, ""},

		{"GET", "/metrics", everybody, s.metrics, "menu.metrics"},
		{"GET", "/metrics.csv", everybody, s.metricsFile, ""},
		{"GET", "/metrics.xlsx", everybody, s.metricsFile, ""},

		{"GET", "/people", admins, s.people, "menu.people"},
		{"POST", "/people", admins, s.addPerson, ""},
		{"GET", "/people/:id", admins, s.onePerson, ""},
		{"POST", "/people/:id", admins, s.changePerson, ""},
		{"POST", "/people/:id/password", admins, s.newPassword, ""},

		{"GET", "/connections", analysts, s.connections, "menu.connections"},
		{"GET", "/connections/callback/:platform", admins, s.connected, ""},
		{"POST", "/connections/:account/connect", admins, s.connect, ""},
		{"GET", "/connections/:account/disconnect", admins, s.askDisconnect, ""},
		{"POST", "/connections/:account/disconnect", admins, s.disconnect, ""},

		{"POST", "/notes", analysts, s.addNote, ""},
		{"POST", "/notes/:note/remove", analysts, s.removeNote, ""},

		{"GET", "/me", everybody, s.me, ""},
		{"POST", "/me/digits", everybody, s.setDigits, ""},
		{"POST", "/me/password", everybody, s.changeOwnPassword, ""},

		{"GET", "/sign-in", anyone, s.signInForm, ""},
		{"POST", "/sign-in", anyone, s.signIn, ""},
		{"POST", "/sign-out", anyone, s.signOut, ""},
		{"POST", "/language", anyone, s.setLanguage, ""},
	}
}

// open lists the routes that need neither a session nor a form token. They
// come before everything that would make one.
func (s *Server) open() []route {
	return []route{
		{"GET", "/healthz", anyone, s.healthz, ""},
		{"GET", "/assets/*", anyone, s.asset, ""},
		{"GET", "/favicon.ico", anyone, s.favicon, ""},
	}
}

// App returns the web application. It fails when a part is missing, when the
// files that "make build" makes are missing, and when a route has no rule.
func (s *Server) App() (*fiber.App, error) {
	for name, missing := range map[string]bool{
		"Imports": s.Imports == nil, "Readings": s.Readings == nil,
		"Stats": s.Stats == nil, "People": s.People == nil, "Notes": s.Notes == nil, "Reports": s.Reports == nil, "Sessions": s.Sessions == nil, "Queue": s.Queue == nil,
	} {
		if missing {
			return nil, fmt.Errorf("dashboard: Server.%s is not set", name)
		}
	}
	if s.Connections != nil && s.Public == "" {
		return nil, errors.New("dashboard: Server.Public is not set")
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Zone == nil {
		s.Zone = time.UTC
	}
	if s.Log == nil {
		s.Log = slog.Default()
	}
	var err error
	if s.static, err = loadAssets(); err != nil {
		return nil, fmt.Errorf("dashboard: %w", err)
	}
	if s.views, err = parseViews(s.static); err != nil {
		return nil, fmt.Errorf("dashboard: %w", err)
	}
	s.sessions = s.newSessions()
	s.spool, s.tasks = &spool{dir: cmp.Or(s.Uploads, filepath.Join(os.TempDir(), spoolDefault))}, newImportTasks()
	s.spool.sweep(s.tasks.busy)

	app := fiber.New(fiber.Config{
		AppName:                 "Hamawaz",
		BodyLimit:               bodyLimit,
		ReadTimeout:             readTimeout,
		WriteTimeout:            writeTimeout,
		IdleTimeout:             idleTimeout,
		DisableStartupMessage:   true,
		EnableTrustedProxyCheck: true,
		TrustedProxies:          s.Proxies,
		ErrorHandler:            s.showError,
		Immutable:               true, // strings from a request may outlive it: audit entries, redirects
	})
	app.Server().HeaderReceived = limitBody
	app.Hooks().OnShutdown(s.tasks.end)
	app.Use(s.prepare)
	app.Use(recover.New(recover.Config{EnableStackTrace: true, StackTraceHandler: s.panicked}))
	for _, r := range s.open() {
		app.Add(r.method, r.path, r.handle)
	}
	app.Use(compress.New(compress.Config{Level: compress.LevelDefault}))
	app.Use(s.limitSignIn())
	app.Use(s.identify)
	app.Use(s.forms)
	for _, r := range s.routes() {
		app.Add(r.method, r.path, s.guard(r.rule), r.handle)
	}
	if err := s.checkRoutes(app); err != nil {
		return nil, err
	}
	return app, nil
}

// limitBody lets a request for the upload of a file have as much as a chunk
// has, and time to send it over a slow line. All others keep to bodyLimit and
// readTimeout. A request that announces more is refused before it is read.
func limitBody(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
	path, _, _ := strings.Cut(string(h.RequestURI()), "?")
	if _, rest, absolute := strings.Cut(path, "://"); absolute { // as a proxy may ask
		path = rest[max(strings.IndexByte(rest, '/'), 0):]
	}
	switch begins, chunk := "/imports/uploads", "/imports/uploads/"; {
	case string(h.Method()) == fiber.MethodPost && path == begins, string(h.Method()) == fiber.MethodPut && strings.HasPrefix(path, chunk):
		return fasthttp.RequestConfig{MaxRequestBodySize: chunkBytes + bodyLimit, ReadTimeout: chunkTimeout}
	}
	return fasthttp.RequestConfig{MaxRequestBodySize: bodyLimit}
}

// checkRoutes fails if the application has a route that is not in the table.
func (s *Server) checkRoutes(app *fiber.App) error {
	known := map[string]bool{}
	for _, r := range slices.Concat(s.open(), s.routes()) {
		if !r.rule.anyone && len(r.rule.roles) == 0 {
			return fmt.Errorf("dashboard: route %s %s has an empty rule", r.method, r.path)
		}
		known[r.method+" "+r.path] = true
	}
	for _, r := range app.GetRoutes(true) {
		method := r.Method
		if method == fiber.MethodHead { // Fiber adds one to each GET
			method = fiber.MethodGet
		}
		if !known[method+" "+r.Path] {
			return fmt.Errorf("dashboard: route %s %s has no rule", r.Method, r.Path)
		}
	}
	return nil
}

// guard lets a person through whom the rule allows. Others are shown the way
// to sign in, or told that their role does not suffice.
func (s *Server) guard(r rule) fiber.Handler {
	return func(c *fiber.Ctx) error {
		p := person(c)
		switch {
		case p != nil && isOneTime(p.PasswordHash) && !r.anyone && c.Path() != "/me" && c.Path() != "/me/password":
			// First of all, a password of their own.
			if isPart(c) || c.Method() != fiber.MethodGet {
				return errForbidden
			}
			return c.Redirect("/me", fiber.StatusSeeOther)
		case r.allows(p):
			return c.Next()
		case p != nil:
			return errForbidden
		case isPart(c) || c.Method() != fiber.MethodGet && c.Method() != fiber.MethodHead:
			return errSignIn
		}
		return c.Redirect("/sign-in?next="+url.QueryEscape(here(c)), fiber.StatusSeeOther)
	}
}

// policy is what a page may load: our own files, and no inline script or style.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// protect sets the headers that every answer has.
func (s *Server) protect(c *fiber.Ctx) {
	h := &c.Response().Header
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	h.Set("Cache-Control", "no-store")
	if s.Secure {
		h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
}

// prepare comes before everything: headers, the request's number, its time.
func (s *Server) prepare(c *fiber.Ctx) error {
	s.protect(c)
	requestID(c)
	ctx, cancel := context.WithTimeout(c.UserContext(), pageTimeout)
	defer cancel()
	c.SetUserContext(ctx)
	if c.Get(fiber.HeaderContentEncoding) != "" {
		return fiber.ErrUnsupportedMediaType // a packed form unpacks to any size, and no browser sends one
	}
	return c.Next()
}

func (s *Server) panicked(c *fiber.Ctx, e any) {
	s.Log.Error("panic", "request_id", requestID(c), "method", c.Method(), "path", c.Path(),
		"panic", fmt.Sprint(e), "stack", string(debug.Stack()))
}

func (s *Server) healthz(c *fiber.Ctx) error {
	return c.JSON(fiber.Map{"ok": true})
}

// clientIP returns the address that the sign-in limit counts by: the
// connection's, or the one that a trusted proxy saw.
func clientIP(c *fiber.Ctx) string {
	if c.IsProxyTrusted() {
		// Only the last entry is the proxy's own word; the rest came in from outside.
		list := strings.Split(c.Get(fiber.HeaderXForwardedFor), ",")
		if ip := strings.TrimSpace(list[len(list)-1]); ip != "" {
			return ip
		}
	}
	return c.Context().RemoteIP().String()
}

// isPart reports whether the request is a poll of our script for the figures
// of a page, not a page.
func isPart(c *fiber.Ctx) bool { return c.Get("X-Part") != "" || c.Path() == "/collection/table" }

// prefixed keeps one user of a storage out of another's keys.
type prefixed struct {
	fiber.Storage
	prefix string
}

func (p prefixed) Get(key string) ([]byte, error) { return p.Storage.Get(p.prefix + key) }
func (p prefixed) Set(key string, val []byte, exp time.Duration) error {
	return p.Storage.Set(p.prefix+key, val, exp)
}
func (p prefixed) Delete(key string) error { return p.Storage.Delete(p.prefix + key) }
func (p prefixed) Reset() error            { return errors.New("a shared storage is not reset") }
func (p prefixed) Close() error            { return nil }
