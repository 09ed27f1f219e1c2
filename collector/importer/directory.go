package importer

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/hamawaz/hamawaz/schema"
)

// RecordsRequest is a list of accounts or departments to import.
type RecordsRequest struct {
	File   File
	Actor  string
	Reason string // of rows that give none: the letter and its date
	DryRun bool   // say what would happen, and save nothing
}

// A RecordsResult says what became of the rows. Each kept row is a version of
// its own; a row that says what is stored already makes none.
type RecordsResult struct {
	Read      int       `json:"read"`
	Added     int       `json:"added"`
	Changed   int       `json:"changed"`
	Unchanged int       `json:"unchanged"`
	Refused   int       `json:"refused"`
	Refusals  []Refusal `json:"refusals"`
	Ignored   []string  `json:"ignored,omitempty"` // headings that are not known
}

// The headings of lists of records, the first of each being ours.
var (
	accountHeadings = map[string][]string{
		"id":          {"id", "account_id", "کھاتہ"},
		"department":  {"department", "department_id", "محکمہ"},
		"platform":    {"platform", "پلیٹ فارم"},
		"handle":      {"handle", "username", "user name", "ہینڈل"},
		"platform_id": {"platform_id", "platform id", "page id", "channel id"},
		"name":        {"name", "account", "account name", "نام"},
		"url":         {"url", "link", "لنک"},
		"access":      {"access", "رسائی"},
		"status":      {"status", "حیثیت"},
		"reason":      {"reason", "approval", "منظوری"},
	}
	departmentHeadings = map[string][]string{
		"id":         {"id", "department_id"},
		"name_en":    {"name_en", "name", "department", "english name", "english"},
		"name_ur":    {"name_ur", "urdu_name", "urdu name", "urdu", "محکمہ", "نام"},
		"short_name": {"short_name", "short name", "مخفف"},
		"kind":       {"kind", "قسم"},
		"reason":     {"reason", "approval"},
	}
	idPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)
)

// ImportAccounts registers the accounts of a list. Headings are id, department,
// platform, handle, platform_id, name, url, access, status and reason, of which
// department, platform, name and either handle or url must be there.
func (im *Importer) ImportAccounts(ctx context.Context, req RecordsRequest) (*RecordsResult, error) {
	accounts, err := im.Directory.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	departments, err := im.Directory.Departments(ctx)
	if err != nil {
		return nil, err
	}
	list := &accountList{im: im, req: req, departments: departments, byID: map[schema.AccountID]schema.Account{}, byHandle: map[string]schema.AccountID{}}
	for _, a := range accounts {
		list.note(a)
	}
	return im.records(ctx, req, "account.import", accountHeadings, []string{"department", "platform", "name"}, list.row)
}

// ImportDepartments adds or changes the departments of a list. Headings are id,
// name_en, name_ur, short_name, kind and reason; name_en must be there, an id
// is made of the short name or the name if there is none.
func (im *Importer) ImportDepartments(ctx context.Context, req RecordsRequest) (*RecordsResult, error) {
	departments, err := im.Directory.Departments(ctx)
	if err != nil {
		return nil, err
	}
	list := &departmentList{im: im, req: req, stored: map[schema.DepartmentID]schema.Department{}, met: map[schema.DepartmentID]bool{}}
	for _, d := range departments {
		list.stored[d.ID] = d
	}
	return im.records(ctx, req, "department.import", departmentHeadings, []string{"name_en"}, list.row)
}

// A change is what became of a row.
type change int

const (
	unchanged change = iota
	added
	changed
)

// records reads a list and hands each row, by our names of the columns, to save.
func (im *Importer) records(ctx context.Context, req RecordsRequest, action string, headings map[string][]string, needed []string,
	save func(ctx context.Context, cells map[string]string) (change, *Refusal, error),
) (result *RecordsResult, err error) {
	limits := im.Limits
	if limits == (Limits{}) {
		limits = DefaultLimits
	}
	want := layout{}
	for _, names := range headings {
		want.headings = append(want.headings, names...)
	}
	for _, name := range needed {
		want.groups = append(want.groups, headings[name])
	}
	t, err := openTable(req.File, want, limits)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	at := map[string][]int{}
	known := map[int]bool{}
	for name, names := range headings {
		at[name] = t.heading.match(names)
		for _, i := range at[name] {
			known[i] = true
		}
	}
	result = &RecordsResult{}
	if t.info.Kind == string(kindCSV) || t.info.Kind == string(kindXLSX) {
		for i, c := range t.heading.cells {
			if c = strings.TrimSpace(c); c != "" && !known[i] {
				result.Ignored = append(result.Ignored, excerpt(c))
			}
		}
	}
	for {
		rec, err := t.next()
		if isEnd(err) {
			break
		}
		if err != nil {
			return nil, t.explain(req.File, err, limits)
		}
		if rec.blank() {
			continue
		}
		result.Read++
		what, refused := unchanged, rec.bad
		if bad := badText(rec.cells, t.encoding()); refused == nil && bad != "" {
			refused = refuse(ReasonBadText, "", "", "the row holds %s", bad)
		}
		if refused == nil {
			cells := map[string]string{}
			for name, i := range at {
				cells[name] = strings.Join(strings.Fields(cell(&rec, i)), " ")
			}
			if what, refused, err = save(ctx, cells); err != nil {
				return nil, fmt.Errorf("%s:%d: %w", req.File.Name, rec.line, err)
			}
		}
		switch {
		case refused != nil:
			refused.File, refused.Line = req.File.Name, rec.line
			result.Refused++
			result.Refusals = append(result.Refusals, *refused)
		case what == added:
			result.Added++
		case what == changed:
			result.Changed++
		default:
			result.Unchanged++
		}
	}
	if req.DryRun || im.Audit == nil || result.Added+result.Changed == 0 {
		return result, nil
	}
	return result, im.Audit.Audit(ctx, schema.AuditEntry{Actor: req.Actor, Action: action, Subject: req.File.Name,
		Details: fmt.Sprintf(`{"added":%d,"changed":%d,"refused":%d}`, result.Added, result.Changed, result.Refused)})
}

// An accountList saves the rows of a list of accounts.
type accountList struct {
	im          *Importer
	req         RecordsRequest
	departments []schema.Department
	byID        map[schema.AccountID]schema.Account
	byHandle    map[string]schema.AccountID // platform and handle
}

func handleKey(p schema.Platform, handle string) string {
	return string(p) + " " + normalHandle(handle)
}

func (l *accountList) note(a schema.Account) {
	l.byID[a.ID] = a
	l.byHandle[handleKey(a.Platform, a.Handle)] = a.ID
}

func (l *accountList) row(ctx context.Context, cells map[string]string) (change, *Refusal, error) {
	a, refused := l.read(cells)
	if refused != nil {
		return unchanged, refused, nil
	}
	stored, known := l.byID[a.ID]
	a.Version = stored.Version
	if known {
		keep(&a.Name, stored.Name)
		keep(&a.URL, stored.URL)
		keep(&a.PlatformID, stored.PlatformID)
		if cells["status"] == "" {
			a.Status = stored.Status
		}
		if cells["access"] == "" {
			a.Access = stored.Access
		}
		if a == stored {
			return unchanged, nil, nil
		}
	}
	a.ChangedBy, a.Reason = l.req.Actor, cells["reason"]
	keep(&a.Reason, l.req.Reason)
	if a.Reason == "" {
		return unchanged, refuse(ReasonMissing, "reason", "", "the approval is missing: a letter and its date"), nil
	}
	if !l.req.DryRun {
		if err := l.im.Directory.SaveAccount(ctx, a); err != nil {
			return unchanged, nil, err
		}
		a.Number++
	}
	l.note(a)
	if known {
		return changed, nil, nil
	}
	return added, nil, nil
}

// read makes an account of a row.
func (l *accountList) read(cells map[string]string) (schema.Account, *Refusal) {
	a := schema.Account{Platform: platformOf(cells["platform"]), PlatformID: cells["platform_id"], Name: cells["name"], URL: cells["url"],
		Access: schema.Access(strings.ToLower(cells["access"])), Status: strings.ToLower(cells["status"])}
	keep((*string)(&a.Access), string(schema.AccessPublic))
	keep(&a.Status, schema.StatusApproved)
	a.Handle = strings.TrimPrefix(cells["handle"], "@")
	keep(&a.Handle, handleOf(a.Platform, a.URL))
	switch {
	case a.Platform == "":
		return a, refuse(ReasonInvalid, "platform", cells["platform"], "the platform %q is not known: want one of %s, %s", excerpt(cells["platform"]), platformNames(), schema.Feed)
	case a.Platform == schema.Feed && a.URL != "" && schema.FeedHandle(a.URL) == "":
		return a, refuse(ReasonInvalid, "url", a.URL, "%q is no address of a feed", excerpt(a.URL))
	case a.Platform == schema.Feed && a.URL == "" && l.byHandle[handleKey(a.Platform, a.Handle)] == "":
		return a, refuse(ReasonMissing, "url", "", "the address of the feed is missing")
	case a.Handle == "" || strings.ContainsAny(a.Handle, " /?#@"):
		return a, refuse(ReasonInvalid, "handle", cells["handle"], "%q is no handle, and the link has none", excerpt(cells["handle"]))
	case a.Name == "":
		return a, refuse(ReasonMissing, "name", "", "the name is missing")
	case a.Access != schema.AccessOwner && a.Access != schema.AccessPublic:
		return a, refuse(ReasonInvalid, "access", cells["access"], "the access %q is not known: want owner or public", excerpt(cells["access"]))
	case !slices.Contains([]string{schema.StatusProposed, schema.StatusApproved, schema.StatusClosed}, a.Status):
		return a, refuse(ReasonInvalid, "status", cells["status"], "the status %q is not known: want proposed, approved or closed", excerpt(cells["status"]))
	case a.PlatformID != "" && (damagedID(a.PlatformID) != "" || !isPlatformID(a.PlatformID)):
		return a, refuse(ReasonDamagedID, "platform_id", a.PlatformID, "%q is no id of an account, or a spreadsheet destroyed it", excerpt(a.PlatformID))
	case a.Access == schema.AccessOwner && a.PlatformID == "":
		return a, refuse(ReasonMissing, "platform_id", "", "an account with access owner needs the platform's id")
	}
	department := slices.IndexFunc(l.departments, func(d schema.Department) bool {
		return strings.EqualFold(string(d.ID), cells["department"]) || strings.EqualFold(d.NameEn, cells["department"]) ||
			d.ShortName != "" && strings.EqualFold(d.ShortName, cells["department"]) || d.NameUr != "" && d.NameUr == cells["department"]
	})
	if department < 0 {
		return a, refuse(ReasonInvalid, "department", cells["department"], "there is no department %q: see hamawaz account departments", excerpt(cells["department"]))
	}
	a.Department = l.departments[department].ID
	taken, isTaken := l.byHandle[handleKey(a.Platform, a.Handle)]
	switch a.ID = schema.AccountID(cells["id"]); {
	case a.ID == "" && isTaken:
		a.ID = taken
	case a.ID == "":
		a.ID = schema.AccountID(idOf(a.Handle + "-" + string(a.Platform)))
	case isTaken && taken != a.ID:
		return a, refuse(ReasonTaken, "handle", a.Handle, "@%s on %s is registered already, as %s", excerpt(a.Handle), a.Platform, taken)
	}
	if !idPattern.MatchString(string(a.ID)) {
		return a, refuse(ReasonInvalid, "id", string(a.ID), "the id %q must be small letters, digits, dots, dashes and underlines, at most 63", excerpt(string(a.ID)))
	}
	return a, nil
}

// keep fills an empty text.
func keep(s *string, other string) {
	if *s == "" {
		*s = other
	}
}

// handleOf returns the handle in the address of an account, or "".
func handleOf(p schema.Platform, address string) string {
	if p == schema.Feed {
		return schema.FeedHandle(address)
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	first, _, _ := strings.Cut(strings.Trim(u.Path, "/"), "/")
	if p == schema.YouTube && !strings.HasPrefix(first, "@") {
		return "" // /channel/UC…, /user/…
	}
	return strings.TrimPrefix(first, "@")
}

// idOf makes an id of a name: small letters, digits and dashes.
func idOf(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(strings.ReplaceAll(name, "&", "and")) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '.', r == '_':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	id := b.String()
	return strings.Trim(id[:min(len(id), 63)], "-._")
}

// A departmentList saves the rows of a list of departments.
type departmentList struct {
	im     *Importer
	req    RecordsRequest
	stored map[schema.DepartmentID]schema.Department
	met    map[schema.DepartmentID]bool
}

func (l *departmentList) row(ctx context.Context, cells map[string]string) (change, *Refusal, error) {
	d := schema.Department{ID: schema.DepartmentID(cells["id"]), NameEn: cells["name_en"], NameUr: cells["name_ur"], ShortName: cells["short_name"], Kind: cells["kind"]}
	if d.NameEn == "" {
		return unchanged, refuse(ReasonMissing, "name_en", "", "the English name is missing"), nil
	}
	if d.ID == "" {
		d.ID = l.find(d)
	}
	if !idPattern.MatchString(string(d.ID)) {
		return unchanged, refuse(ReasonInvalid, "id", string(d.ID), "the id %q must be small letters, digits, dots, dashes and underlines, at most 63", excerpt(string(d.ID))), nil
	}
	if l.met[d.ID] {
		return unchanged, refuse(ReasonTaken, "id", string(d.ID), "the list has %s twice", d.ID), nil
	}
	l.met[d.ID] = true
	stored, known := l.stored[d.ID]
	d.Version = stored.Version
	keep(&d.NameUr, stored.NameUr)
	keep(&d.ShortName, stored.ShortName)
	keep(&d.Kind, stored.Kind)
	keep(&d.Kind, "department")
	if known && d == stored {
		return unchanged, nil, nil
	}
	d.ChangedBy, d.Reason = l.req.Actor, cells["reason"]
	keep(&d.Reason, l.req.Reason)
	keep(&d.Reason, "imported from "+l.req.File.Name)
	if !l.req.DryRun {
		if err := l.im.Directory.SaveDepartment(ctx, d); err != nil {
			return unchanged, nil, err
		}
	}
	l.stored[d.ID] = d
	if known {
		return changed, nil, nil
	}
	return added, nil, nil
}

// find returns the id of the stored department of the same name, or one made of
// the short name or the name.
func (l *departmentList) find(d schema.Department) schema.DepartmentID {
	for _, id := range sortedKeys(l.stored) {
		if strings.EqualFold(l.stored[id].NameEn, d.NameEn) {
			return id
		}
	}
	if id := schema.DepartmentID(idOf(d.ShortName)); id != "" && !l.met[id] && l.stored[id].ID == "" {
		return id
	}
	return schema.DepartmentID(idOf(d.NameEn))
}
