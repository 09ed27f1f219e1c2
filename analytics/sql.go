package analytics

import (
	"embed"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

//go:embed query/*.sql
var queryFiles embed.FS

// query returns the text of query/NAME.sql. It panics if there is no such
// file: the names are constants of this package, and a test calls each.
func query(name string) string {
	b, err := queryFiles.ReadFile("query/" + name + ".sql")
	if err != nil {
		panic(fmt.Sprintf("analytics: query %s: %v", name, err))
	}
	return string(b)
}

// date is a named parameter of type Date.
func date(name string, t time.Time) any { return clickhouse.Named(name, t.Format(time.DateOnly)) }

// moment is a named parameter of type DateTime64(6, 'UTC').
func moment(name string, t time.Time) any {
	return clickhouse.Named(name, t.UTC().Format("2006-01-02 15:04:05.000000"))
}
