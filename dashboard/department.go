package dashboard

import (
	"fmt"
	"html/template"
	"net/url"
	"slices"

	"github.com/gofiber/fiber/v2"
	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/dashboard/i18n"
	"github.com/hamawaz/hamawaz/schema"
)

// department shows GET /departments/:department and the choices of a page of
// figures.
func (s *Server) department(c *fiber.Ctx) error {
	id := schema.DepartmentID(c.Params("department"))
	if err := s.within(c, id); err != nil {
		return err
	}
	departments, err := s.Stats.Departments(c.UserContext())
	if err != nil {
		return fmt.Errorf("departments: %w: %w", errUnavailable, err)
	}
	i := slices.IndexFunc(departments, func(d schema.Department) bool { return d.ID == id })
	if i < 0 {
		return schema.ErrNotFound
	}
	p := s.printer(c)
	return s.showFigures(c, subject{
		title: departmentName(p, departments[i]), filters: true,
		crumbs: []option{{Name: p.Text("overview.title"), Address: "/"}},
		scope:  analytics.Filter{Departments: []schema.DepartmentID{id}},
		file:   []string{"department", string(id)},
		tables: []string{tablePlatforms, tableAccounts},
	})
}

// account shows GET /accounts/:account and the choices of a page of figures.
func (s *Server) account(c *fiber.Ctx) error {
	a, err := s.accountOf(c, schema.AccountID(c.Params("account")))
	if err != nil {
		return err
	}
	departments, err := s.Stats.Departments(c.UserContext())
	if err != nil {
		return fmt.Errorf("departments: %w: %w", errUnavailable, err)
	}
	p := s.printer(c)
	department := string(a.Department)
	for _, d := range departments {
		if d.ID == a.Department {
			department = departmentName(p, d)
		}
	}
	return s.showFigures(c, subject{
		title: a.Name,
		crumbs: []option{
			{Name: p.Text("overview.title"), Address: "/"},
			{Name: department, Address: "/departments/" + url.PathEscape(string(a.Department))},
		},
		facts: accountFacts(p, a),
		scope: analytics.Filter{Accounts: []schema.AccountID{a.ID}}, account: &a,
		file: []string{"account", string(a.ID)},
	})
}

// accountOf returns an account that the signed-in person may see.
func (s *Server) accountOf(c *fiber.Ctx, id schema.AccountID) (schema.Account, error) {
	accounts, err := s.Stats.Accounts(c.UserContext())
	if err != nil {
		return schema.Account{}, fmt.Errorf("accounts: %w: %w", errUnavailable, err)
	}
	for _, a := range accounts {
		if a.ID == id {
			return a, s.within(c, a.Department)
		}
	}
	return schema.Account{}, schema.ErrNotFound
}

// accountFacts says what the account is.
func accountFacts(p *i18n.Printer, a schema.Account) []fact {
	handle := template.HTML(`<bdi dir="ltr">` + template.HTMLEscapeString(handleName(a.Platform, a.Handle)) + `</bdi>`)
	if link := safeLink(a.URL); link != "" {
		handle = template.HTML(`<a href="`+template.HTMLEscapeString(link)+`" target="_blank" rel="noopener noreferrer">`) + handle + `</a>`
	}
	words := func(s string) template.HTML { return template.HTML(template.HTMLEscapeString(s)) }
	return []fact{
		{p.Text("account.platform"), words(platformName(p, a.Platform)) + " " + handle},
		{p.Text("account.access"), words(p.Text("account.access_" + string(a.Access)))},
		{p.Text("account.status"), words(p.Text("account.status_" + string(a.Status)))},
	}
}
