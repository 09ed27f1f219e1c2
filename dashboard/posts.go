package dashboard

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/dashboard/i18n"
	"github.com/hamawaz/hamawaz/schema"
)

// postsPage is what GET /posts shows.
type postsPage struct {
	page
	Controls controls
	Status   template.HTML
	Problem  string // what of the table's own choices could not be used; empty: nothing
	Failed   string // number of the request whose posts could not be read; empty: they were

	Search   string
	Accounts []option
	Formats  []option
	Whose    []option
	Unknowns []option
	Sorts    []option
	Orders   []option
	Keep     []field // hidden fields of the form of these choices
	Narrowed bool    // one of them is not as it is at first
	Clear    string  // address without them
	Path     string

	Only     string // which posts this person sees; empty: all
	Say      template.HTML
	Columns  []postColumn
	Rows     []postLine
	Means    []meaning
	Nothing  template.HTML // said instead of a table; empty: there is one
	Previous string        // address of the page before; empty: this is the first
	Next     string
	Where    template.HTML // which rows these are
	CSV      string
	Kind     string
	AsOf     template.HTML
}

// A postColumn is the heading of a column, with what it can be sorted by.
type postColumn struct {
	Number bool
	Sort   string // as aria-sort has it; empty: not sorted by this
	Keys   []sortKey
}

type sortKey struct {
	Name, Address string
	Arrow         string // the direction in which the rows stand; empty: not by this
	Label         string // what the link does, in words
}

// A meaning is a figure's name with its definition.
type meaning struct{ Name, Means, Unknown string }

// A postLine is one row of the table.
type postLine struct {
	Address    string // of the post's page
	Link       string // on the platform; empty: none that is safe
	LinkName   string
	Icon       string // the format, as the template draws it
	Format     string
	Text       string        // empty: it has none
	Relation   string        // empty: the account's own
	Counted    bool          // for this account
	Absent     template.HTML // why it is no longer on the platform; empty: it is
	Paid       bool
	Length     i18n.Num // empty: not told
	Picture    string   // address of the small picture; empty: there is none
	Alt        string
	Published  i18n.Words
	Machine    string
	Account    string
	Platform   string
	Department string
	Cells      []template.HTML
}

// Keys of the address that belong to the table alone.
const (
	askSearch  = "q"
	askAccount = "account"
	askFormat  = "format"
	askWhose   = "relation"
	askUnknown = "unknown"
	askSort    = "sort"
	askOrder   = "order"
	askPage    = "page"

	ascending = "asc"
)

// Limits of what is typed and of a file.
const (
	searchUpTo = 200 // letters
	pagesUpTo  = 1 << 20
	exportUpTo = 50_000 // posts in one file
)

var formats = []schema.Format{schema.FormatImage, schema.FormatVideo, schema.FormatAlbum, schema.FormatReel, schema.FormatStory, schema.FormatText, schema.FormatAudio, schema.FormatLive}

// A postsQuery is a query with the table's own choices.
type postsQuery struct {
	query
	analytics.PostsQuestion

	page    int
	problem string // key of a sentence; empty: all could be used
	nobody  bool   // the person may see no post under this filter
	limited bool   // the person sees the posts of one department only
}

// readPostsQuery reads the choices of the table from the address. What cannot
// be used has its default instead, and a problem.
func (s *Server) readPostsQuery(c *fiber.Ctx, departments []schema.Department, accounts []schema.Account) postsQuery {
	q := postsQuery{query: s.readQuery(c, departments), page: 1}
	q.Keep = url.Values{}
	refuse := func(key string) { q.problem = cmp.Or(q.problem, key) }
	keep := func(name, value string) {
		if value != "" {
			q.Keep.Set(name, value)
		}
	}

	q.Search = strings.TrimSpace(strings.ToValidUTF8(c.Query(askSearch), "\uFFFD"))
	if len([]rune(q.Search)) > searchUpTo {
		q.Search = string([]rune(q.Search)[:searchUpTo])
		refuse("problem.search")
	}
	keep(askSearch, q.Search)

	if id := schema.AccountID(c.Query(askAccount)); id != "" {
		if slices.ContainsFunc(accounts, func(a schema.Account) bool { return a.ID == id }) {
			q.Account = id
			keep(askAccount, string(id))
		} else {
			refuse("problem.account")
		}
	}
	if f := schema.Format(c.Query(askFormat)); f != "" {
		if slices.Contains(formats, f) {
			q.Format = f
			keep(askFormat, string(f))
		} else {
			refuse("problem.format")
		}
	}
	switch w := analytics.Whose(c.Query(askWhose)); w {
	case "":
	case analytics.Own, analytics.Others:
		q.Whose = w
		keep(askWhose, string(w))
	default:
		refuse("problem.relation")
	}
	if u := c.Query(askUnknown); u != "" {
		if slices.Contains(analytics.PostFigures, u) {
			q.Unknown = u
			keep(askUnknown, u)
		} else {
			refuse("problem.unknown")
		}
	}
	if sort := c.Query(askSort); sort != "" {
		if slices.Contains(analytics.PostSorts, sort) {
			q.Sort = sort
			keep(askSort, sort)
		} else {
			refuse("problem.sort")
		}
	}
	switch order := c.Query(askOrder); order {
	case "", "desc":
	case ascending:
		q.Ascending = true
		keep(askOrder, order)
	default:
		refuse("problem.order_of_rows")
	}
	if typed := c.Query(askPage); typed != "" {
		if n, err := strconv.Atoi(typed); err == nil && n >= 1 && n <= pagesUpTo {
			q.page = n
		} else {
			refuse("problem.page")
		}
	}
	q.Limit, q.Offset = analytics.PostsPerPage, (q.page-1)*analytics.PostsPerPage
	q.PostsQuestion.Selection = q.query.Selection

	filter, some := s.narrow(c, q.query.Filter)
	q.PostsQuestion.Filter, q.nobody = filter, !some
	_, q.limited = ownDepartment(person(c))
	return q
}

// figures lists the figures that the view has.
func (q postsQuery) figures() []string {
	if q.query.View == analytics.ViewActivity {
		return slices.DeleteFunc(slices.Clone(analytics.PostFigures), func(key string) bool { return !inActivity(key) })
	}
	return analytics.PostFigures
}

// inActivity reports whether a figure of a post is one of days too.
func inActivity(key string) bool { return key != "engagement_rate" && key != "performance_score" }

// sort returns what the rows are sorted by.
func (q postsQuery) sort() string {
	if q.query.View == analytics.ViewActivity && !inActivity(q.Sort) {
		return "interactions"
	}
	return cmp.Or(q.Sort, "published")
}

// askPosts returns the rows that the person may see.
func (s *Server) askPosts(c *fiber.Ctx, q postsQuery) (analytics.PostsPage, error) {
	if q.nobody {
		return analytics.PostsPage{}, nil
	}
	question := q.PostsQuestion
	question.Sort = q.sort()
	if question.View == analytics.ViewActivity && !inActivity(question.Unknown) {
		question.Unknown = ""
	}
	rows, err := s.Stats.Posts(c.UserContext(), question)
	if err != nil {
		return rows, fmt.Errorf("posts of %s: %w", q.query.Period, err)
	}
	return rows, nil
}

// posts shows GET /posts?q=&account=&format=&relation=&unknown=&sort=&order=&page= and
// the choices of every page: all posts in one table.
func (s *Server) posts(c *fiber.Ctx) error {
	ctx := c.UserContext()
	departments, err := s.Stats.Departments(ctx)
	var accounts []schema.Account
	if err == nil {
		accounts, err = s.Stats.Accounts(ctx)
	}
	q := s.readPostsQuery(c, departments, accounts)
	var rows analytics.PostsPage
	if err == nil {
		rows, err = s.askPosts(c, q)
	} else {
		q.FilterProblem, q.problem = "", ""
	}
	p := postsPage{page: s.newPage(c, "posts.title"), Kind: s.kind(s.printer(c)), Path: q.Path}
	p.Controls = newControls(p.Printer, q.query, departments, s.Now())
	p.Controls.Compares = nil // the table compares nothing
	// An account belongs to one department: another one's filter lets it go.
	p.Controls.KeepFilter = slices.DeleteFunc(p.Controls.KeepFilter, func(f field) bool { return f.Name == askAccount })
	days := p.Days(q.query.Period.From, q.query.Period.Last())
	if err != nil {
		s.logError(c, fiber.StatusServiceUnavailable, err)
		p.Failed = requestID(c)
		p.Status = p.HTML("overview.status_failed", "Days", days, "Zone", p.zoneName())
		return s.render(c, fiber.StatusServiceUnavailable, "posts", p)
	}
	p.Status = p.HTML("posts.status", "Days", days, "Zone", p.zoneName(), "Count", rows.Total)
	if rows.Others > 0 {
		p.Status += " · " + p.HTML("posts.others", "Count", rows.Others)
	}
	p.fillChoices(q, accounts)
	p.fillTable(c, s, q, rows)
	status := fiber.StatusOK
	if q.Bad() || q.problem != "" {
		status = fiber.StatusBadRequest
	}
	if q.problem != "" {
		p.Problem = p.Text(q.problem)
	}
	return s.render(c, status, "posts", p)
}

// fillChoices fills in the form of the table's own choices.
func (p *postsPage) fillChoices(q postsQuery, accounts []schema.Account) {
	p.Search = q.Search
	for _, a := range accounts {
		f := q.PostsQuestion.Filter
		if a.Status != schema.StatusApproved || q.nobody ||
			len(f.Departments) > 0 && !slices.Contains(f.Departments, a.Department) ||
			len(f.Platforms) > 0 && !slices.Contains(f.Platforms, a.Platform) {
			continue
		}
		p.Accounts = append(p.Accounts, option{Name: cmp.Or(a.Name, handleName(a.Platform, a.Handle)) + " · " + platformName(p.Printer, a.Platform), Value: string(a.ID), Current: a.ID == q.Account})
	}
	slices.SortFunc(p.Accounts, func(a, b option) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), strings.Compare(a.Value, b.Value))
	})
	for _, f := range formats {
		p.Formats = append(p.Formats, option{Name: formatName(p.Printer, f), Value: string(f), Current: f == q.Format})
	}
	for _, w := range []analytics.Whose{"", analytics.Own, analytics.Others} {
		p.Whose = append(p.Whose, option{Name: p.Text("posts.whose_" + cmp.Or(string(w), "all")), Value: string(w), Current: w == q.Whose})
	}
	for _, key := range q.figures() {
		p.Unknowns = append(p.Unknowns, option{Name: postFigureName(p.Printer, key), Value: key, Current: key == q.Unknown})
	}
	for _, key := range append(analytics.PostSorts[:len(analytics.PostSorts)-len(analytics.PostFigures):len(analytics.PostSorts)-len(analytics.PostFigures)], q.figures()...) {
		p.Sorts = append(p.Sorts, option{Name: sortName(p.Printer, key), Value: key, Current: key == q.sort()})
	}
	p.Orders = []option{
		{Name: p.Text("posts.descending"), Value: "desc", Current: !q.Ascending},
		{Name: p.Text("posts.ascending"), Value: ascending, Current: q.Ascending},
	}
	rest := q.query
	rest.Keep = nil
	p.Clear = rest.address(q.Path)
	p.Narrowed = len(q.Keep) > 0
	if _, choices, ok := strings.Cut(p.Clear, "?"); ok {
		v, _ := url.ParseQuery(choices) // our own
		for _, name := range sortedKeys(v) {
			p.Keep = append(p.Keep, field{name, v.Get(name)})
		}
	}
}

func sortedKeys(v url.Values) []string {
	names := make([]string, 0, len(v))
	for name := range v {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// fillTable fills in the table, or says why there is none.
func (p *postsPage) fillTable(c *fiber.Ctx, s *Server, q postsQuery, rows analytics.PostsPage) {
	own, limited := ownDepartment(person(c))
	if limited {
		p.Only = p.Text("posts.only_own")
		if own == "" {
			p.Only = p.Text("accounts.no_department")
		}
	}
	address := func(n int) string {
		if n == 1 {
			return q.address(q.Path)
		}
		return q.address(q.Path, askPage, strconv.Itoa(n))
	}
	switch {
	case q.nobody && own == "":
		p.Nothing = template.HTML(template.HTMLEscapeString(p.Only))
		p.Only = ""
		return
	case q.Whose == analytics.Others && q.query.View == analytics.ViewActivity:
		p.Nothing = p.HTML("posts.none_others")
		return
	case rows.Total == 0 && (p.Narrowed || q.nobody || p.Controls.Filtered):
		p.Nothing = p.HTML("posts.none_match")
		return
	case rows.Total == 0:
		p.Nothing = p.HTML("posts.none_" + string(q.query.View))
		return
	case len(rows.Rows) == 0:
		p.Nothing = p.HTML("posts.beyond", "Count", rows.Total)
		p.Previous = address(1)
		return
	}
	first, last := q.Offset+1, q.Offset+len(rows.Rows)
	p.Where = p.HTML("posts.where", "First", first, "Last", last, "Total", p.Int(rows.Total))
	p.Say = p.HTML("posts.say_"+string(q.query.View), "Sort", i18n.Words(sortName(p.Printer, q.sort())), "Order", orderWords(p.Printer, q.sort(), q.Ascending))
	if q.page > 1 {
		p.Previous = address(q.page - 1)
	}
	if last < rows.Total {
		p.Next = address(q.page + 1)
	}
	p.CSV = q.address("/posts.csv")
	now := s.Now()
	if rows.AsOf != nil {
		p.AsOf = p.HTML("foot.as_of", "AsOf", p.Moment(*rows.AsOf, now))
	}
	p.fillColumns(q)
	for _, r := range rows.Rows {
		l := postLine{
			Address: postPath(r.Account, r.PostID), Link: safeLink(r.Permalink), LinkName: p.Text("posts.on_platform", "Platform", i18n.Words(platformName(p.Printer, r.Platform))),
			Icon: formatIcon(r.Format), Format: formatName(p.Printer, r.Format), Text: clip(strings.TrimSpace(r.Text), 80), Absent: absent(p.Printer, r, now), Paid: r.Paid != nil && *r.Paid, Length: length(p.Printer, r.Seconds),
			Published: p.Moment(r.PublishedAt, now), Machine: r.PublishedAt.UTC().Format(timeMachine),
			Account: cmp.Or(r.AccountName, handleName(r.Platform, r.Handle)), Platform: platformName(p.Printer, r.Platform), Department: departmentOf(p.Printer, r),
		}
		l.Picture, l.Alt = picture(r)
		if l.Counted = r.Relation.Counted(); r.Relation != schema.RelationOwn {
			l.Relation = p.Text("relation." + string(r.Relation))
		}
		for _, key := range q.figures() {
			l.Cells = append(l.Cells, postCell(p.Printer, r, key))
		}
		p.Rows = append(p.Rows, l)
	}
}

// timeMachine is how a moment is written in a datetime attribute.
const timeMachine = "2006-01-02T15:04:05Z07:00"

// isWords reports whether posts are sorted by words: they begin at their
// beginning.
func isWords(sort string) bool {
	return slices.Contains([]string{"department", "account", "platform", "format", "text"}, sort)
}

// orderWords says in which direction the rows stand.
func orderWords(p *i18n.Printer, sort string, up bool) i18n.Words {
	key := "posts.largest"
	switch {
	case sort == "published" && up:
		key = "posts.oldest"
	case sort == "published":
		key = "posts.newest"
	case isWords(sort) && up:
		key = "posts.alphabet"
	case isWords(sort):
		key = "posts.alphabet_back"
	case up:
		key = "posts.smallest"
	}
	return i18n.Words(p.Text(key))
}

// fillColumns fills in the headings. A click sorts by the column, and a second
// one turns the order around.
func (p *postsPage) fillColumns(q postsQuery) {
	key := func(name string) sortKey {
		k := sortKey{Name: sortName(p.Printer, name)}
		full := i18n.Words(k.Name)
		if !inActivity(name) { // a long name for a narrow column
			k.Name = p.Text("posts.short_" + name)
		}
		order := ""
		if isWords(name) {
			order = ascending
		}
		if name == q.sort() {
			k.Arrow = "↓"
			if q.Ascending {
				k.Arrow = "↑"
			}
			order = ascending
			if q.Ascending {
				order = ""
			}
		}
		k.Address = q.address(q.Path, askSort, name, askOrder, order)
		k.Label = p.Text("posts.sort_by", "Name", full, "Order", orderWords(p.Printer, name, order == ascending))
		return k
	}
	column := func(number bool, names ...string) {
		col := postColumn{Number: number}
		for _, n := range names {
			col.Keys = append(col.Keys, key(n))
			if n == q.sort() {
				col.Sort = "descending"
				if q.Ascending {
					col.Sort = "ascending"
				}
			}
		}
		p.Columns = append(p.Columns, col)
	}
	column(false, "text", "format", "published")
	column(false, "account", "platform", "department")
	for _, name := range q.figures() {
		column(true, name)
		p.Means = append(p.Means, postMeaning(p.Printer, name))
	}
}

// postPath returns the address of a post's page.
func postPath(account schema.AccountID, post string) string {
	return "/accounts/" + url.PathEscape(string(account)) + "/posts/" + url.PathEscape(post)
}

func departmentOf(p *i18n.Printer, r analytics.PostRow) string {
	return departmentName(p, schema.Department{ID: r.Department, NameEn: r.DepartmentEn, NameUr: r.DepartmentUr})
}

// formatName returns the format in words; a format that has no word is shown
// as it came.
func formatName(p *i18n.Printer, f schema.Format) string {
	switch {
	case slices.Contains(formats, f):
		return p.Text("format." + string(f))
	case f == "":
		return p.Text("format.unknown")
	}
	return string(f)
}

// formatIcon returns the name under which the template draws the format.
func formatIcon(f schema.Format) string {
	if slices.Contains(formats, f) {
		return string(f)
	}
	return ""
}

// postFigureName returns the name of a figure of one post. Some are sums in
// the catalogue, which a single post's is not.
func postFigureName(p *i18n.Printer, key string) string { return postMeaning(p, key).Name }

func postMeaning(p *i18n.Printer, key string) meaning {
	m, _ := analytics.MetricByKey(key)
	n := meaning{m.Name.In(p.Lang), m.Means.In(p.Lang), p.Text("metric.dash", "Meaning", i18n.Words(m.Unknown.In(p.Lang)))}
	switch key {
	case "reach":
		n.Name, n.Means = p.Text("posts.reach"), p.Text("posts.reach_means")
	case "engagement_rate":
		n.Means, n.Unknown = p.Text("posts.rate_means"), p.Text("posts.rate_unknown")
	}
	return n
}

// sortName returns the name of what posts are sorted by.
func sortName(p *i18n.Printer, key string) string {
	if slices.Contains(analytics.PostFigures, key) {
		return postFigureName(p, key)
	}
	return p.Text("sort." + key)
}

// postCell writes one figure of a post.
func postCell(p *i18n.Printer, r analytics.PostRow, key string) template.HTML {
	switch key {
	case "engagement_rate":
		return p.Percent(r.Rate, 2).HTML()
	case "performance_score":
		return scoreNum(p, r.Score).HTML()
	}
	return p.Count(r.Figure(key)).HTML()
}

// scoreNum writes a performance score: "1.56×".
func scoreNum(p *i18n.Printer, score *float64) i18n.Num {
	if score == nil {
		return i18n.Dash
	}
	digits := 2
	if *score >= 10 {
		digits = 1
	}
	return p.Decimal(*score, digits) + "×"
}

// exported returns the rows of a file, headings first: all that the page's
// choices are about, in its order.
func (s *Server) exported(c *fiber.Ctx) (postsQuery, [][]cell, error) {
	departments, err := s.Stats.Departments(c.UserContext())
	var accounts []schema.Account
	if err == nil {
		accounts, err = s.Stats.Accounts(c.UserContext())
	}
	if err != nil {
		return postsQuery{}, nil, fmt.Errorf("posts: %w: %w", errUnavailable, err)
	}
	q := s.readPostsQuery(c, departments, accounts)
	for _, problem := range []string{q.PeriodProblem, q.ViewProblem, q.problem} {
		if problem != "" {
			return q, nil, inputError{problem}
		}
	}
	if q.FilterProblem != "" {
		return q, nil, inputError{"problem.filter"}
	}
	ask := func(limit int) (analytics.PostsPage, error) {
		q.Limit, q.Offset = limit, 0
		rows, err := s.askPosts(c, q)
		if err != nil && !errors.Is(err, context.Canceled) {
			err = fmt.Errorf("%w: %w", errUnavailable, err)
		}
		return rows, err
	}
	rows, err := ask(1)
	if err != nil {
		return q, nil, err
	}
	if rows.Total > exportUpTo {
		return q, nil, inputError{"problem.too_many_posts"}
	}
	if rows, err = ask(exportUpTo); err != nil {
		return q, nil, err
	}
	return q, postCells(s.printer(c), q, rows), nil
}
