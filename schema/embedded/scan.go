package embedded

import "strings"

// A scanner walks over the words of a text of SQL, past comments and anything
// in parentheses.
type scanner struct {
	sql string
	pos int
}

// next returns the next word outside parentheses, in capitals, and where it
// begins; "" at the end. A quoted name or text is a word with its quotes, and
// so is a semicolon; other signs are skipped.
func (s *scanner) next() (word string, at int) {
	depth := 0
	for s.pos < len(s.sql) {
		rest := s.sql[s.pos:]
		c := rest[0]
		switch {
		case strings.HasPrefix(rest, "--"), c == '#':
			s.skip(rest, "\n")
		case strings.HasPrefix(rest, "/*"):
			s.pos += 2
			s.skip(rest[2:], "*/")
		case c == '\'' || c == '"' || c == '`':
			start := s.pos
			s.quoted(c)
			if depth == 0 {
				return s.sql[start:s.pos], start
			}
		case c == ';' && depth == 0:
			s.pos++
			return ";", s.pos - 1
		case c == '(' || c == '[' || c == '{':
			depth++
			s.pos++
		case c == ')' || c == ']' || c == '}':
			depth = max(depth-1, 0)
			s.pos++
		case wordByte(c):
			start := s.pos
			for s.pos < len(s.sql) && wordByte(s.sql[s.pos]) {
				s.pos++
			}
			if depth == 0 {
				return strings.ToUpper(s.sql[start:s.pos]), start
			}
		default:
			s.pos++
		}
	}
	return "", len(s.sql)
}

// skip moves past the first end in text, or to the end of the SQL.
func (s *scanner) skip(text, end string) {
	if i := strings.Index(text, end); i >= 0 {
		s.pos += i + len(end)
		return
	}
	s.pos = len(s.sql)
}

func (s *scanner) quoted(quote byte) {
	for s.pos++; s.pos < len(s.sql); s.pos++ {
		switch s.sql[s.pos] {
		case '\\':
			s.pos++
		case quote:
			s.pos++
			return
		}
	}
	s.pos = len(s.sql) // not closed, or it ends in a backslash
}

func wordByte(c byte) bool {
	return c == '_' || c == '$' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80
}

// firstWord returns the first word of the SQL in capitals. A SELECT may begin
// with parentheses.
func firstWord(sql string) string {
	s := scanner{sql: sql}
	for {
		s.blanks()
		if s.pos < len(sql) && sql[s.pos] == '(' {
			s.pos++
			continue
		}
		word, _ := s.next()
		return word
	}
}

// blanks moves past white space and comments.
func (s *scanner) blanks() {
	for s.pos < len(s.sql) {
		rest := s.sql[s.pos:]
		switch {
		case strings.HasPrefix(rest, "--"):
			s.skip(rest, "\n")
		case strings.HasPrefix(rest, "/*"):
			s.pos += 2
			s.skip(rest[2:], "*/")
		case rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\n' || rest[0] == '\r' || rest[0] == '\f':
			s.pos++
		default:
			return
		}
	}
}

// withoutEnd returns the SQL up to the semicolon that ends it.
func withoutEnd(sql string) string {
	for s := (scanner{sql: sql}); ; {
		switch word, at := s.next(); word {
		case ";", "":
			return sql[:at]
		}
	}
}

func isInsert(sql string) bool { return firstWord(sql) == "INSERT" }

// splitInsert takes "INSERT INTO t (a) FORMAT Native" and the data behind it
// apart. It reports false for any other statement, INSERT … VALUES and INSERT
// … SELECT among them.
func splitInsert(sql string) (stmt, format, data string, ok bool) {
	if !isInsert(sql) {
		return "", "", "", false
	}
	s := scanner{sql: sql}
	s.next() // INSERT
	for before := "INSERT"; ; {
		word, at := s.next()
		switch {
		case at > 0 && word != "" && sql[at-1] == '.': // the table of db.table
		case word == "", word == "SELECT", word == "WITH", word == "VALUES" && before != "INTO" && before != "TABLE":
			return "", "", "", false
		case word == "FORMAT" && before != "INTO" && before != "TABLE":
			name, start := s.next()
			if name == "" {
				return "", "", "", false
			}
			format = sql[start:s.pos]
			if strings.EqualFold(format, "VALUES") {
				return "", "", "", false
			}
			// One line end parts the format from the data.
			data = strings.TrimLeft(sql[s.pos:], " \t")
			if strings.HasPrefix(data, ";") {
				data = strings.TrimLeft(data[1:], " \t")
			}
			if rest, ok := strings.CutPrefix(data, "\r\n"); ok {
				data = rest
			} else if rest, ok := strings.CutPrefix(data, "\n"); ok {
				data = rest
			}
			return sql[:at], format, data, true
		}
		before = word
	}
}
