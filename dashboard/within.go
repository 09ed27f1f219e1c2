package dashboard

import (
	"slices"

	"github.com/gofiber/fiber/v2"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/schema"
)

// ownDepartment returns the department whose accounts the person may see one
// by one, and whether there is such a limit at all.
func ownDepartment(p *schema.Person) (schema.DepartmentID, bool) {
	switch p.Role {
	case schema.RoleDepartmentHead, schema.RoleOfficer:
		return p.Department, true
	}
	return "", false
}

// within returns errForbidden if the signed-in person may not see what belongs
// to the department one by one. Handlers of routes whose rule says within call
// it.
func (s *Server) within(c *fiber.Ctx, id schema.DepartmentID) error {
	if own, limited := ownDepartment(person(c)); limited && (own == "" || own != id) {
		return errForbidden
	}
	return nil
}

// narrow leaves of the filter what the signed-in person may see one by one. It
// reports whether that is anything at all.
func (s *Server) narrow(c *fiber.Ctx, f analytics.Filter) (analytics.Filter, bool) {
	own, limited := ownDepartment(person(c))
	switch {
	case !limited:
		return f, true
	case own == "", len(f.Departments) > 0 && !slices.Contains(f.Departments, own):
		return f, false
	}
	f.Departments = []schema.DepartmentID{own}
	return f, true
}
