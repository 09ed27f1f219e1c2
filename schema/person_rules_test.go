package schema_test

import (
	"testing"

	"github.com/hamawaz/hamawaz/schema"
)

func TestPersonRules(t *testing.T) {
	departments := []schema.Department{{ID: "health"}}
	whole := schema.Person{ID: "1", Email: "a@example.gov.pk", Name: "نائلہ", Role: schema.RoleOfficer, Department: "health", Language: "ur", Status: schema.StatusActive}
	for _, tt := range []struct {
		name string
		edit func(*schema.Person)
		want error
	}{
		{"whole", func(*schema.Person) {}, nil},
		{"no address", func(p *schema.Person) { p.Email = "a" }, schema.FaultEmail},
		{"address with a name", func(p *schema.Person) { p.Email = "A <a@b.pk>" }, schema.FaultEmail},
		{"no name", func(p *schema.Person) { p.Name = " \t" }, schema.FaultName},
		{"name of two lines", func(p *schema.Person) { p.Name = "a\nb" }, schema.FaultName},
		{"unknown role", func(p *schema.Person) { p.Role = "king" }, schema.FaultRole},
		{"officer of nothing", func(p *schema.Person) { p.Department = "" }, schema.FaultNoDepartment},
		{"head of nothing", func(p *schema.Person) { p.Department, p.Role = "", schema.RoleDepartmentHead }, schema.FaultNoDepartment},
		{"analyst of nothing", func(p *schema.Person) { p.Department, p.Role = "", schema.RoleAnalyst }, nil},
		{"unknown department", func(p *schema.Person) { p.Department = "moon" }, schema.FaultDepartment},
		{"unknown language", func(p *schema.Person) { p.Language = "fr" }, schema.FaultLanguage},
		{"unknown status", func(p *schema.Person) { p.Status = "closed" }, schema.FaultStatus},
	} {
		p := whole
		tt.edit(&p)
		if got := p.Check(departments); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestPersonChangeRules(t *testing.T) {
	admin := func(id, status string) schema.Person {
		return schema.Person{ID: id, Email: id + "@example.gov.pk", Role: schema.RoleAdministrator, Status: status}
	}
	one, two, closed := admin("1", schema.StatusActive), admin("2", schema.StatusActive), admin("3", schema.StatusDisabled)
	demoted, disabled := one, one
	demoted.Role, disabled.Status = schema.RoleAnalyst, schema.StatusDisabled
	again := two
	again.ID, again.Email = "4", " 1@EXAMPLE.gov.pk"
	for _, tt := range []struct {
		name  string
		after schema.Person
		all   []schema.Person
		by    string
		want  error
	}{
		{"demoted by another", demoted, []schema.Person{one, two}, "2", nil},
		{"the last one demoted", demoted, []schema.Person{one, closed}, "1", schema.FaultLastAdministrator},
		{"the last one closed from the command line", disabled, []schema.Person{one, closed}, "", schema.FaultLastAdministrator},
		{"closed by another", disabled, []schema.Person{one, two}, "2", nil},
		{"closed by themselves", disabled, []schema.Person{one, two}, "1", schema.FaultSelf},
		{"a closed one stays closed", closed, []schema.Person{one, closed}, "1", nil},
		{"address of another", again, []schema.Person{one, two}, "2", schema.FaultTaken},
		{"somebody new", two, []schema.Person{one}, "1", nil},
	} {
		if got := tt.after.CheckChange(tt.all, tt.by); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}
