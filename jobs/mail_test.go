package jobs

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/schema"
)

func sampleMail(to string) Mail {
	return Mail{To: to, Subject: "سوشل میڈیا رپورٹ، مئی 2024", Text: "تعاملات: 1,284,310\n.a line with a dot\n", HTML: `<html dir="rtl"><p>تعاملات</p></html>`, Language: "ur",
		Name: "hamawaz-2024-05-ur.pdf", PDF: []byte("%PDF-1.4\x00\xff\r\n.\r\n"), MessageID: "hamawaz.1@balochistan.example", ListID: "monthly.reports.balochistan.example"}
}

// parts returns the bodies of a mail, by content type.
func parts(t *testing.T, header func(string) string, body io.Reader, into map[string]string) {
	t.Helper()
	kind, params, err := mime.ParseMediaType(header("Content-Type"))
	if err != nil {
		t.Fatalf("content type %q: %v", header("Content-Type"), err)
	}
	if strings.HasPrefix(kind, "multipart/") {
		r := multipart.NewReader(body, params["boundary"])
		for {
			p, err := r.NextRawPart()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			parts(t, p.Header.Get, p, into)
		}
	}
	switch strings.ToLower(header("Content-Transfer-Encoding")) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	b, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	into[kind] = string(b)
	into[kind+" disposition"] = header("Content-Disposition")
}

func TestMailIsWhole(t *testing.T) {
	s := startSMTP(t, func(s *smtpServer) { s.user, s.password = "reports", "geheim wort" })
	m := s.mailer()
	m.Now = func() time.Time { return time.Date(2024, 6, 3, 4, 0, 0, 0, time.UTC) }
	x := sampleMail("secretary@balochistan.example")
	if err := m.Send(t.Context(), x); err != nil {
		t.Fatal(err)
	}
	got := s.caught()
	if len(got) != 1 || got[0].from != "reports@balochistan.example" || !slices.Equal(got[0].to, []string{x.To}) || got[0].user != "reports" || s.inClear {
		t.Fatalf("caught %+v, in the open: %v", got, s.inClear)
	}
	msg, err := mail.ReadMessage(strings.NewReader(got[0].data))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject"))
	if err != nil || subject != x.Subject {
		t.Errorf("subject %q, %v", subject, err)
	}
	for name, want := range map[string]string{"Message-ID": "<hamawaz.1@balochistan.example>", "List-Id": "<monthly.reports.balochistan.example>", "To": "<secretary@balochistan.example>",
		"From": `"Hamawaz" <reports@balochistan.example>`, "Auto-Submitted": "auto-generated", "Content-Language": "ur", "Date": "Mon, 03 Jun 2024 04:00:00 +0000"} {
		if msg.Header.Get(name) != want {
			t.Errorf("%s: %q, want %q", name, msg.Header.Get(name), want)
		}
	}
	bodies := map[string]string{}
	parts(t, msg.Header.Get, msg.Body, bodies)
	crlf := strings.NewReplacer("\r\n", "\n")
	if crlf.Replace(bodies["text/plain"]) != x.Text || crlf.Replace(bodies["text/html"]) != x.HTML || bodies["application/pdf"] != string(x.PDF) {
		t.Errorf("bodies: %q", bodies)
	}
	if !strings.Contains(bodies["application/pdf disposition"], `attachment; filename="hamawaz-2024-05-ur.pdf"`) {
		t.Errorf("attachment: %q", bodies["application/pdf disposition"])
	}
	if id := m.MessageID("run", "a@b.example"); id != m.MessageID("run", "a@b.example") || id == m.MessageID("run", "c@b.example") || !strings.HasSuffix(id, "@balochistan.example") {
		t.Errorf("MessageID = %s", id)
	}
}

// What ends a line in a name or an address must not begin a header.
func TestMailHeadersAreNotInjected(t *testing.T) {
	s := startSMTP(t)
	for _, evil := range []string{"x\r\nBcc: victim@example.org", "x\nBcc: victim@example.org", "x\rBcc: victim@example.org\r\n\r\nbody", "x\u2028Bcc: victim@example.org", "x\x00Bcc: victim@example.org"} {
		x := sampleMail("a@b.example")
		x.Subject, x.Name, x.MessageID, x.ListID, x.Language = evil, evil, evil, evil, evil
		m := s.mailer()
		if err := m.Send(t.Context(), x); err != nil {
			t.Fatalf("%q: %v", evil, err)
		}
		got := s.caught()
		last := got[len(got)-1]
		msg, err := mail.ReadMessage(strings.NewReader(last.data))
		if err != nil {
			t.Fatalf("%q: %v", evil, err)
		}
		if len(last.to) != 1 || msg.Header.Get("Bcc") != "" {
			t.Errorf("%q: to %q, Bcc %q", evil, last.to, msg.Header.Get("Bcc"))
		}
		x = sampleMail(evil)
		if err := m.Send(t.Context(), x); err == nil {
			t.Errorf("a mail to %q is sent", evil)
		}
		m.From = evil
		if m.Check() == nil {
			t.Errorf("the sender %q is taken", evil)
		}
	}
	for _, line := range s.lines {
		if strings.Contains(line, "RCPT") && strings.Contains(line, "victim") {
			t.Errorf("said to the server: %q", line)
		}
	}
}

func TestMailOutcomes(t *testing.T) {
	for _, tt := range []struct {
		name  string
		edit  func(*smtpServer)
		with  func(*Mailer)
		state string // empty: sent
		code  int
		says  string
	}{
		{"well", nil, nil, "", 0, ""},
		{"encrypted from the start", func(s *smtpServer) { s.implicit = true }, func(m *Mailer) { m.TLS = TLSImplicit }, "", 0, ""},
		{"in the open, on this machine", func(s *smtpServer) { s.noTLS = true }, func(m *Mailer) { m.TLS = TLSNone }, "", 0, ""},
		{"LOGIN only", func(s *smtpServer) { s.user, s.password, s.auth = "u", "p", "LOGIN" }, nil, "", 0, ""},
		{"greylisted", func(s *smtpServer) { s.rcpt["a@b.example"] = "451 4.7.1 later" }, nil, schema.DeliveryRetry, 451, "4.7.1 later"},
		{"no such user", func(s *smtpServer) { s.rcpt["a@b.example"] = "550 5.1.1 no such user" }, nil, schema.DeliveryRefused, 550, "no such user"},
		{"refused after the text", func(s *smtpServer) { s.data = []string{"554 5.7.1 spam"} }, nil, schema.DeliveryRefused, 554, "spam"},
		{"full after the text", func(s *smtpServer) { s.data = []string{"452 4.3.1 disk full"} }, nil, schema.DeliveryRetry, 452, "disk full"},
		{"hangs up after the text", func(s *smtpServer) { s.data = []string{"drop"} }, nil, schema.DeliveryUnclear, 0, "EOF"},
		{"silent after the text", func(s *smtpServer) { s.data = []string{"slow"} }, nil, schema.DeliveryUnclear, 0, "timeout"},
		{"silent from the start", func(s *smtpServer) { s.greet = "slow" }, nil, schema.DeliveryRetry, 0, "timeout"},
		{"not now", func(s *smtpServer) { s.greet = "421 4.3.2 closing" }, nil, schema.DeliveryRetry, 421, "closing"},
		{"wrong password", func(s *smtpServer) { s.user, s.password = "u", "p" }, func(m *Mailer) { m.Password = "geheim" }, schema.DeliveryRetry, 535, "wrong"},
		{"no STARTTLS", func(s *smtpServer) { s.noTLS = true }, nil, schema.DeliveryRetry, 0, "STARTTLS"},
		{"somebody else's certificate", nil, func(m *Mailer) { m.Roots = nil }, schema.DeliveryRetry, 0, "certificate"},
		{"nobody there", nil, func(m *Mailer) { m.Port = 1 }, schema.DeliveryRetry, 0, "refused"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := startSMTP(t, func(s *smtpServer) {
				if tt.edit != nil {
					tt.edit(s)
				}
			})
			m := s.mailer()
			if tt.with != nil {
				tt.with(m)
			}
			if err := m.Check(); err != nil {
				t.Fatal(err)
			}
			err := m.Send(t.Context(), sampleMail("a@b.example"))
			if tt.state == "" {
				if err != nil || len(s.caught()) != 1 {
					t.Fatalf("Send: %v, %d mails", err, len(s.caught()))
				}
				return
			}
			var failure *MailError
			if !errors.As(err, &failure) || failure.State != tt.state || failure.Code != tt.code || !strings.Contains(err.Error(), tt.says) {
				t.Fatalf("Send: %v (%+v), want %s, code %d, %q", err, failure, tt.state, tt.code, tt.says)
			}
			if strings.Contains(err.Error(), "geheim") {
				t.Errorf("the password stands in the error: %v", err)
			}
		})
	}
}

// A task that is told to stop does not wait for a silent server.
func TestMailStops(t *testing.T) {
	s := startSMTP(t, func(s *smtpServer) { s.greet = "slow" })
	m := s.mailer()
	m.Timeout = time.Minute
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	if err := m.Send(ctx, sampleMail("a@b.example")); err == nil || time.Since(start) > 3*time.Second {
		t.Errorf("Send ended after %s with %v", time.Since(start), err)
	}
}

func TestMailerSettings(t *testing.T) {
	good := Mailer{Host: "mail.example.org", Port: 587, TLS: TLSStart, From: "Hamawaz <a@b.example>"}
	for _, tt := range []struct {
		name string
		edit func(*Mailer)
		want string // empty: well
	}{
		{"good", func(*Mailer) {}, ""},
		{"this machine in the open", func(m *Mailer) { m.Host, m.TLS = "localhost", TLSNone }, ""},
		{"a container beside", func(m *Mailer) { m.Host, m.TLS = "mail", TLSNone }, ""},
		{"loopback v6", func(m *Mailer) { m.Host, m.TLS = "::1", TLSNone }, ""},
		{"another machine in the open", func(m *Mailer) { m.TLS = TLSNone }, "in the open"},
		{"an address in the open", func(m *Mailer) { m.Host, m.TLS = "10.0.0.5", TLSNone }, "in the open"},
		{"a password in the open", func(m *Mailer) { m.Host, m.TLS, m.User, m.Password = "localhost", TLSNone, "u", "p" }, "password"},
		{"no sender", func(m *Mailer) { m.From = "" }, "HAMAWAZ_SMTP_FROM"},
		{"user without password", func(m *Mailer) { m.User = "u" }, "HAMAWAZ_SMTP_PASSWORD_FILE"},
		{"port", func(m *Mailer) { m.Port = 0 }, "port"},
		{"opportunistic", func(m *Mailer) { m.TLS = "maybe" }, "starttls"},
		{"host", func(m *Mailer) { m.Host = "a b" }, "mail server"},
	} {
		m := good
		tt.edit(&m)
		if err := m.Check(); (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

func TestReach(t *testing.T) {
	s := startSMTP(t, func(s *smtpServer) { s.user, s.password = "u", "p" })
	m := s.mailer()
	if err := m.Reach(t.Context()); err != nil || len(s.caught()) != 0 {
		t.Errorf("Reach: %v, %d mails", err, len(s.caught()))
	}
	m.Password = "q"
	if err := m.Reach(t.Context()); err == nil {
		t.Error("a wrong password is not noticed")
	}
}
