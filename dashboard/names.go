package dashboard

import (
	"github.com/hamawaz/hamawaz/dashboard/i18n"
	"github.com/hamawaz/hamawaz/schema"
)

func (p *page) zoneName() i18n.Words {
	name := p.Zone.String()
	if name == "Asia/Karachi" {
		return i18n.Words(p.Text("zone.karachi"))
	}
	return i18n.Words(name)
}

func (s *Server) kind(p *i18n.Printer) string {
	if s.Demo != nil {
		return p.Text("kind.modelled")
	}
	return p.Text("kind.measured")
}

func departmentName(p *i18n.Printer, d schema.Department) string {
	if p.RTL() && d.NameUr != "" {
		return d.NameUr
	}
	if d.NameEn != "" {
		return d.NameEn
	}
	return string(d.ID)
}
