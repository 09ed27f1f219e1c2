package schema

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// A Directory is the small tables that people edit. Each save is a new
// version; what was there before stays readable.
type Directory struct {
	Store *Store
	Now   func() time.Time
}

// Departments returns all departments, by name.
func (d *Directory) Departments(ctx context.Context) ([]Department, error) {
	return selectAll[Department](ctx, d.Store, "departments",
		`SELECT department_id, name_en, name_ur, short_name, kind, version, changed_at, changed_by, change_reason
		FROM departments_now ORDER BY name_en, department_id`)
}

// SaveDepartment stores the next version of the department. It returns
// ErrConflict if dep.Number is not the version that is stored now; a new
// department has 0.
func (d *Directory) SaveDepartment(ctx context.Context, dep Department) error {
	return save(ctx, d, "departments", "department_id", string(dep.ID), &dep, &dep.Version)
}

// Accounts returns all accounts, by department and name.
func (d *Directory) Accounts(ctx context.Context) ([]Account, error) {
	return selectAll[Account](ctx, d.Store, "accounts",
		`SELECT account_id, department_id, platform, handle, platform_id, name, url, access, status,
			version, changed_at, changed_by, change_reason
		FROM accounts_now ORDER BY department_id, name, account_id`)
}

// Account returns the account, or ErrNotFound.
func (d *Directory) Account(ctx context.Context, id AccountID) (Account, error) {
	return selectOne[Account](ctx, d.Store, fmt.Sprintf("account %s", id),
		`SELECT account_id, department_id, platform, handle, platform_id, name, url, access, status,
			version, changed_at, changed_by, change_reason
		FROM accounts_now WHERE account_id = {key:String}`, string(id))
}

// SaveAccount stores the next version of the account; see SaveDepartment.
func (d *Directory) SaveAccount(ctx context.Context, a Account) error {
	return save(ctx, d, "accounts", "account_id", string(a.ID), &a, &a.Version)
}

const personColumns = `person_id, email, name, role, department_id, language, digits, password_hash, status,
	version, changed_at, changed_by, change_reason`

// People returns everybody who may sign in, or once could, by e-mail address.
func (d *Directory) People(ctx context.Context) ([]Person, error) {
	return selectAll[Person](ctx, d.Store, "people",
		`SELECT `+personColumns+` FROM people_now ORDER BY email`)
}

// CountPeople returns how many people there are.
func (d *Directory) CountPeople(ctx context.Context) (int, error) {
	var n uint64
	if err := d.Store.Conn.QueryRow(ctx, `SELECT count() FROM people_now`).Scan(&n); err != nil {
		return 0, fmt.Errorf("count people: %w", err)
	}
	return int(n), nil
}

// Person returns the person with the id, or ErrNotFound.
func (d *Directory) Person(ctx context.Context, id string) (Person, error) {
	return selectOne[Person](ctx, d.Store, fmt.Sprintf("person %q", id),
		`SELECT `+personColumns+` FROM people_now WHERE person_id = {key:String}`, id)
}

// PersonByEmail returns the person with the e-mail address, whatever the case
// of its letters, or ErrNotFound.
func (d *Directory) PersonByEmail(ctx context.Context, email string) (Person, error) {
	return selectOne[Person](ctx, d.Store, fmt.Sprintf("person %q", email),
		`SELECT `+personColumns+` FROM people_now WHERE email = {key:String}`, strings.ToLower(strings.TrimSpace(email)))
}

// SavePerson stores the next version of the person; see SaveDepartment.
func (d *Directory) SavePerson(ctx context.Context, p Person) error {
	p.Email = strings.ToLower(strings.TrimSpace(p.Email))
	return save(ctx, d, "people", "person_id", p.ID, &p, &p.Version)
}

func selectAll[T any](ctx context.Context, s *Store, what, query string) ([]T, error) {
	var rows []T
	if err := s.Conn.Select(ctx, &rows, query); err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	return rows, nil
}

func selectOne[T any](ctx context.Context, s *Store, what, query, key string) (T, error) {
	var rows []T
	var none T
	if err := s.Conn.Select(ctx, &rows, query, clickhouse.Named("key", key)); err != nil {
		return none, fmt.Errorf("read %s: %w", what, err)
	}
	if len(rows) == 0 {
		return none, fmt.Errorf("%s: %w", what, ErrNotFound)
	}
	return rows[0], nil
}

// save inserts row, whose version v points into, as the version after the one
// that its writer saw. Two writers at the same moment may both succeed: then
// the table holds a fork, which doctor finds.
func save(ctx context.Context, d *Directory, table, key, id string, row any, v *Version) error {
	if id == "" {
		return fmt.Errorf("save into %s: the id is missing", table)
	}
	var stored uint64
	err := d.Store.Conn.QueryRow(ctx,
		`SELECT max(version) FROM `+table+` WHERE `+key+` = {id:String}`, clickhouse.Named("id", id)).Scan(&stored)
	if err != nil {
		return fmt.Errorf("save %s: %w", id, err)
	}
	if stored != v.Number {
		return fmt.Errorf("save %s: version %d is stored, not %d: %w", id, stored, v.Number, ErrConflict)
	}
	v.Number++
	v.ChangedAt = d.Now().UTC()
	if v.ChangedBy == "" {
		return fmt.Errorf("save %s: who changed it is missing", id)
	}
	if err := Insert(ctx, d.Store.Conn, table, []any{row}); err != nil {
		return fmt.Errorf("save %s: %w", id, err)
	}
	return nil
}

// Insert appends the rows, pointers to structs with ch tags for every column
// of the table, in one insert.
func Insert(ctx context.Context, conn driver.Conn, table string, rows []any) error {
	if len(rows) == 0 {
		return nil
	}
	batch, err := conn.PrepareBatch(ctx, "INSERT INTO "+table)
	if err != nil {
		return fmt.Errorf("insert into %s: %w", table, err)
	}
	defer batch.Close()
	for _, row := range rows {
		if err := batch.AppendStruct(row); err != nil {
			return fmt.Errorf("insert into %s: %w", table, err)
		}
	}
	if err := batch.Send(); err != nil {
		return fmt.Errorf("insert %d rows into %s: %w", len(rows), table, err)
	}
	return nil
}

// Forks returns the ids of records with two different rows of one version:
// two people edited at the same moment, and one of them does not know.
func (d *Directory) Forks(ctx context.Context) ([]string, error) {
	var rows []struct {
		ID string `ch:"id"`
	}
	err := d.Store.Conn.Select(ctx, &rows, `
		SELECT department_id AS id FROM departments FINAL GROUP BY id, version HAVING count() > 1
		UNION ALL
		SELECT account_id AS id FROM accounts FINAL GROUP BY id, version HAVING count() > 1
		UNION ALL
		SELECT person_id AS id FROM people FINAL GROUP BY id, version HAVING count() > 1
		UNION ALL
		SELECT schedule_id AS id FROM report_schedules FINAL GROUP BY id, version HAVING count() > 1`)
	if err != nil {
		return nil, fmt.Errorf("look for forks: %w", err)
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	return ids, nil
}
