package dashboard

import (
	"cmp"
	"errors"
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"github.com/hamawaz/hamawaz/dashboard/i18n"
	"github.com/hamawaz/hamawaz/schema"
)

// Actions in the audit log.
const (
	actionAddPerson      = "person.add"
	actionChangePerson   = "person.change"
	actionPersonPassword = "person.password"
)

// peoplePage is what GET /people shows: everybody, and a form for one more.
type peoplePage struct {
	page
	Status template.HTML
	Find   string
	Sorts  []option
	Sort   string
	People []personRow
	None   string // why the list is empty; empty: it is not
	Form   personForm
}

type personRow struct {
	Address, Name, Email, Role, Department, Language, State string
	Open                                                    bool // may sign in
	Seen                                                    moment
}

// personPage is what GET /people/:id shows.
type personPage struct {
	page
	Row      personRow
	Changed  template.HTML
	Form     personForm
	Password string // address that asks for a new password
	Saved    string // what was just done; empty: nothing
	Conflict *conflict
}

// A personForm is a person's record as typed. Fault is the sentence about the
// field that a rule refused.
type personForm struct {
	Action      string
	New         bool
	Version     uint64
	Email, Name string
	Roles       []option
	Departments []option
	Languages   []option
	States      []option
	Reason      string
	Fault       string
	Field       string // whose fault it is; empty: of the whole form
}

// A conflict shows two versions of a record that was changed by somebody else
// while the form was open.
type conflict struct {
	Say  template.HTML
	Rows []conflictRow
}

type conflictRow struct {
	Name, Typed, Stored string
	Differs             bool
}

// handedPage shows a new password, once.
type handedPage struct {
	page
	Say      template.HTML
	Email    string
	Password string
	Address  string // of the person
}

// sortsOfPeople are the orders of the list, by their name in the address.
var sortsOfPeople = []string{"name", "role", "department", "seen"}

// people shows GET /people?find=&sort=.
func (s *Server) people(c *fiber.Ctx) error {
	return s.showPeople(c, fiber.StatusOK, schema.Person{Language: "en", Role: schema.RoleAnalyst}, nil)
}

func (s *Server) showPeople(c *fiber.Ctx, status int, typed schema.Person, fault error) error {
	ctx := c.UserContext()
	all, err := s.People.People(ctx)
	if err != nil {
		return fmt.Errorf("people: %w: %w", errUnavailable, err)
	}
	departments, err := s.Stats.Departments(ctx)
	if err != nil {
		return fmt.Errorf("departments: %w: %w", errUnavailable, err)
	}
	seen, err := s.People.LastAudit(ctx, actionOpen)
	if err != nil {
		return fmt.Errorf("last sign-ins: %w: %w", errUnavailable, err)
	}
	p := peoplePage{page: s.newPage(c, "people.title"), Find: strings.TrimSpace(c.Query("find")), Sort: c.Query("sort", sortsOfPeople[0])}
	if !slices.Contains(sortsOfPeople, p.Sort) {
		p.Sort = sortsOfPeople[0]
	}
	for _, name := range sortsOfPeople {
		v := url.Values{"sort": {name}}
		if p.Find != "" {
			v.Set("find", p.Find)
		}
		p.Sorts = append(p.Sorts, option{p.Text("people.sort_" + name), name, "/people?" + v.Encode(), p.Sort == name})
	}
	may := 0
	rows := make([]personRow, 0, len(all))
	order := map[string]schema.Person{}
	for _, q := range all {
		if q.Status == schema.StatusActive {
			may++
		}
		r := newPersonRow(p.Printer, q, departments)
		if at2, ok := seen[q.ID]; ok {
			r.Seen = at(p.Printer, &at2, s.Now())
		}
		if p.Find == "" || found(p.Find, r.Name, r.Email, r.Role, r.Department, r.State) {
			rows = append(rows, r)
			order[r.Address] = q
		}
	}
	slices.SortStableFunc(rows, func(a, b personRow) int {
		first := 0
		switch p.Sort {
		case "role":
			first = cmp.Compare(slices.Index(schema.Roles(), order[a.Address].Role), slices.Index(schema.Roles(), order[b.Address].Role))
		case "department":
			first = cmp.Compare(a.Department, b.Department)
		case "seen":
			first = cmp.Compare(b.Seen.Machine, a.Seen.Machine)
		}
		return cmp.Or(first, cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.Email, b.Email))
	})
	p.People = rows
	if len(rows) == 0 {
		p.None = p.Text("people.none_found")
	}
	p.Status = p.HTML("people.status", "Count", len(all), "May", may)
	p.Form = newPersonForm(p.Printer, typed, departments, fault)
	p.Form.Action, p.Form.New = "/people", true
	return s.render(c, status, "people", p)
}

// found reports whether one of the words holds what is looked for, whatever
// the case of its letters.
func found(find string, words ...string) bool {
	find = strings.ToLower(find)
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(strings.ToLower(w), find) })
}

func newPersonRow(p *i18n.Printer, q schema.Person, departments []schema.Department) personRow {
	r := personRow{Address: "/people/" + url.PathEscape(q.ID), Name: q.Name, Email: q.Email, Role: p.Text("role." + string(q.Role)),
		Department: string(q.Department), Language: p.Text("language." + cmp.Or(q.Language, "en")),
		State: p.Text("people.closed"), Open: q.Status == schema.StatusActive}
	if r.Open {
		r.State = p.Text("people.active")
	}
	if i := slices.IndexFunc(departments, func(d schema.Department) bool { return d.ID == q.Department }); i >= 0 {
		r.Department = departmentName(p, departments[i])
	}
	return r
}

func newPersonForm(p *i18n.Printer, q schema.Person, departments []schema.Department, fault error) personForm {
	f := personForm{Version: q.Number, Email: q.Email, Name: q.Name}
	for _, role := range schema.Roles() {
		f.Roles = append(f.Roles, option{p.Text("role." + string(role)), string(role), "", q.Role == role})
	}
	for _, d := range departments {
		f.Departments = append(f.Departments, option{departmentName(p, d), string(d.ID), "", q.Department == d.ID})
	}
	for _, lang := range i18n.Languages() {
		f.Languages = append(f.Languages, option{p.Text("language." + lang), lang, "", cmp.Or(q.Language, "en") == lang})
	}
	f.States = []option{
		{p.Text("people.active"), schema.StatusActive, "", q.Status != schema.StatusDisabled},
		{p.Text("people.closed"), schema.StatusDisabled, "", q.Status == schema.StatusDisabled},
	}
	var broken schema.PersonFault
	if errors.As(fault, &broken) {
		f.Fault = p.Text("people.fault_" + string(broken))
		f.Field = fieldOf(broken)
	}
	return f
}

// fieldOf returns the field of the form that a rule is about.
func fieldOf(fault schema.PersonFault) string {
	switch fault {
	case schema.FaultEmail, schema.FaultTaken:
		return "email"
	case schema.FaultName:
		return "name"
	case schema.FaultRole, schema.FaultLastAdministrator:
		return "role"
	case schema.FaultNoDepartment, schema.FaultDepartment:
		return "department"
	case schema.FaultLanguage:
		return "language"
	case schema.FaultStatus, schema.FaultSelf:
		return "status"
	}
	return ""
}

// typedPerson returns the person with what the form says; the e-mail address
// of somebody who is there already stays.
func typedPerson(c *fiber.Ctx, q schema.Person) schema.Person {
	q.Name = strings.TrimSpace(c.FormValue("name"))
	q.Role = schema.Role(c.FormValue("role"))
	q.Department = schema.DepartmentID(c.FormValue("department"))
	q.Language = c.FormValue("language")
	if status := c.FormValue("status"); status != "" {
		q.Status = status
	}
	return q
}

// check returns the rule that the person breaks, or nil. The caller holds
// s.editing: two changes at once must not take the last administrator away.
func (s *Server) check(c *fiber.Ctx, q schema.Person) error {
	departments, err := s.Stats.Departments(c.UserContext())
	if err != nil {
		return fmt.Errorf("departments: %w: %w", errUnavailable, err)
	}
	if err := q.Check(departments); err != nil {
		return err
	}
	all, err := s.People.People(c.UserContext())
	if err != nil {
		return fmt.Errorf("people: %w: %w", errUnavailable, err)
	}
	return q.CheckChange(all, person(c).ID)
}

// addPerson takes POST /people: somebody new, with a password that is shown
// once.
func (s *Server) addPerson(c *fiber.Ctx) error {
	s.editing.Lock()
	defer s.editing.Unlock()
	q := typedPerson(c, schema.Person{ID: uuid.NewString(), Email: strings.ToLower(strings.TrimSpace(c.FormValue("email"))), Status: schema.StatusActive})
	switch err := s.check(c, q); {
	case errors.As(err, new(schema.PersonFault)):
		return s.showPeople(c, fiber.StatusBadRequest, q, err)
	case err != nil:
		return err
	}
	password, err := setOneTimePassword(&q)
	if err != nil {
		return err
	}
	q.ChangedBy, q.Reason = person(c).ID, cmp.Or(clip(strings.TrimSpace(c.FormValue("reason")), 200), actionAddPerson)
	if err := s.audit(c, person(c).ID, actionAddPerson, q.ID, "email", q.Email, "role", string(q.Role), "department", string(q.Department)); err != nil {
		return err
	}
	if err := s.People.SavePerson(c.UserContext(), q); err != nil {
		return fmt.Errorf("add person: %w: %w", errUnavailable, err)
	}
	return s.handPassword(c, q, password, "people.added")
}

// personOf returns the person that the address names.
func (s *Server) personOf(c *fiber.Ctx) (schema.Person, error) {
	id, err := url.PathUnescape(c.Params("id"))
	if err != nil {
		return schema.Person{}, fmt.Errorf("person: %w", schema.ErrNotFound)
	}
	q, err := s.People.Person(c.UserContext(), id)
	if err != nil && !errors.Is(err, schema.ErrNotFound) {
		return q, fmt.Errorf("%w: %w", errUnavailable, err)
	}
	return q, err
}

// onePerson shows GET /people/:id.
func (s *Server) onePerson(c *fiber.Ctx) error {
	q, err := s.personOf(c)
	if err != nil {
		return err
	}
	saved := ""
	if c.Query("saved") == strconv.FormatUint(q.Number, 10) {
		saved = "people.saved"
	}
	return s.showPerson(c, fiber.StatusOK, q, q, saved, nil, nil)
}

// showPerson shows the record as stored and the form as typed.
func (s *Server) showPerson(c *fiber.Ctx, status int, stored, typed schema.Person, saved string, fault error, cf *conflict) error {
	ctx := c.UserContext()
	departments, err := s.Stats.Departments(ctx)
	if err != nil {
		return fmt.Errorf("departments: %w: %w", errUnavailable, err)
	}
	seen, err := s.People.LastAudit(ctx, actionOpen)
	if err != nil {
		return fmt.Errorf("last sign-ins: %w: %w", errUnavailable, err)
	}
	p := personPage{page: s.newPage(c, "people.title"), Conflict: cf}
	p.Title = stored.Name
	p.Row = newPersonRow(p.Printer, stored, departments)
	if last, ok := seen[stored.ID]; ok {
		p.Row.Seen = at(p.Printer, &last, s.Now())
	}
	if stored.ChangedBy != "" {
		p.Changed = p.HTML("people.changed", "Name", s.nameOf(c, stored.ChangedBy), "When", p.Moment(stored.ChangedAt, s.Now()))
	}
	p.Form = newPersonForm(p.Printer, typed, departments, fault)
	p.Form.Version, p.Form.Action, p.Password = stored.Number, p.Row.Address, p.Row.Address+"/password"
	p.Form.Reason = c.FormValue("reason")
	if saved != "" {
		p.Saved = p.Text(saved)
	}
	return s.render(c, status, "person", p)
}

// nameOf returns the name of who did something: a person's, or what stands in
// the record.
func (s *Server) nameOf(c *fiber.Ctx, by string) string {
	if q, err := s.People.Person(c.UserContext(), by); err == nil {
		return q.Name
	}
	return by
}

// changePerson takes POST /people/:id. The form carries the version that it
// was made of: if somebody was faster, both versions are shown.
func (s *Server) changePerson(c *fiber.Ctx) error {
	s.editing.Lock()
	defer s.editing.Unlock()
	stored, err := s.personOf(c)
	if err != nil {
		return err
	}
	typed := typedPerson(c, stored)
	if c.FormValue("version") != strconv.FormatUint(stored.Number, 10) {
		return s.showConflict(c, stored, typed)
	}
	switch err := s.check(c, typed); {
	case errors.As(err, new(schema.PersonFault)):
		return s.showPerson(c, fiber.StatusBadRequest, stored, typed, "", err, nil)
	case err != nil:
		return err
	}
	changes := changesOf(stored, typed)
	if len(changes) == 0 {
		return c.Redirect("/people/"+url.PathEscape(stored.ID), fiber.StatusSeeOther)
	}
	typed.ChangedBy, typed.Reason = person(c).ID, cmp.Or(clip(strings.TrimSpace(c.FormValue("reason")), 200), actionChangePerson)
	if err := s.audit(c, person(c).ID, actionChangePerson, stored.ID, changes...); err != nil {
		return err
	}
	switch err := s.People.SavePerson(c.UserContext(), typed); {
	case errors.Is(err, schema.ErrConflict):
		if stored, err = s.personOf(c); err != nil {
			return err
		}
		return s.showConflict(c, stored, typed)
	case err != nil:
		return fmt.Errorf("change person: %w: %w", errUnavailable, err)
	}
	return c.Redirect("/people/"+url.PathEscape(stored.ID)+"?saved="+strconv.FormatUint(stored.Number+1, 10), fiber.StatusSeeOther)
}

// changesOf returns pairs of a field and "before → after" for the audit log.
func changesOf(a, b schema.Person) []string {
	var pairs []string
	for _, f := range []struct{ name, before, after string }{
		{"name", a.Name, b.Name}, {"role", string(a.Role), string(b.Role)}, {"department", string(a.Department), string(b.Department)},
		{"language", a.Language, b.Language}, {"status", a.Status, b.Status},
	} {
		if f.before != f.after {
			pairs = append(pairs, f.name, f.before+" → "+f.after)
		}
	}
	return pairs
}

// showConflict shows what is stored beside what was typed. The form holds what
// was typed, on top of the stored version: sending it again decides.
func (s *Server) showConflict(c *fiber.Ctx, stored, typed schema.Person) error {
	departments, err := s.Stats.Departments(c.UserContext())
	if err != nil {
		return fmt.Errorf("departments: %w: %w", errUnavailable, err)
	}
	p := s.printer(c)
	a, b := newPersonRow(p, typed, departments), newPersonRow(p, stored, departments)
	cf := &conflict{Say: p.HTML("people.conflict", "Name", s.nameOf(c, stored.ChangedBy), "When", p.Moment(stored.ChangedAt, s.Now()))}
	for _, r := range []conflictRow{
		{p.Text("people.name"), a.Name, b.Name, false}, {p.Text("people.role"), a.Role, b.Role, false},
		{p.Text("people.department"), a.Department, b.Department, false}, {p.Text("people.language"), a.Language, b.Language, false},
		{p.Text("people.status_heading"), a.State, b.State, false},
	} {
		r.Differs = r.Typed != r.Stored
		cf.Rows = append(cf.Rows, r)
	}
	return s.showPerson(c, fiber.StatusConflict, stored, typed, "", nil, cf)
}

// newPassword takes POST /people/:id/password: a new password that is good for
// one sign-in. Every session of the person ends with the old one.
func (s *Server) newPassword(c *fiber.Ctx) error {
	s.editing.Lock()
	defer s.editing.Unlock()
	q, err := s.personOf(c)
	if err != nil {
		return err
	}
	password, err := setOneTimePassword(&q)
	if err != nil {
		return err
	}
	q.ChangedBy, q.Reason = person(c).ID, actionPersonPassword
	if err := s.audit(c, person(c).ID, actionPersonPassword, q.ID); err != nil {
		return err
	}
	switch err := s.People.SavePerson(c.UserContext(), q); {
	case errors.Is(err, schema.ErrConflict):
		if q, err = s.personOf(c); err != nil {
			return err
		}
		return s.showConflict(c, q, q)
	case err != nil:
		return fmt.Errorf("new password: %w: %w", errUnavailable, err)
	}
	return s.handPassword(c, q, password, "people.password_set")
}

// handPassword shows the password, this once.
func (s *Server) handPassword(c *fiber.Ctx, q schema.Person, password, say string) error {
	p := handedPage{page: s.newPage(c, "people.handed_title"), Email: q.Email, Password: password, Address: "/people/" + url.PathEscape(q.ID)}
	p.Say = p.HTML(say, "Name", q.Name)
	return s.render(c, fiber.StatusOK, "handed", p)
}
