package schema

import (
	"database/sql/driver"
	"fmt"
)

// The driver reads and writes plain strings only: our kinds of text say here
// that they are such.

// ScanText reads a column of text into a kind of string.
func ScanText[T ~string](dst *T, v any) error {
	switch v := v.(type) {
	case string:
		*dst = T(v)
	case []byte:
		*dst = T(v)
	default:
		return fmt.Errorf("scan %T: %T is no text", *dst, v)
	}
	return nil
}

// Scan implements sql.Scanner.
func (x *Platform) Scan(v any) error { return ScanText(x, v) }

// Value implements driver.Valuer.
func (x Platform) Value() (driver.Value, error) { return string(x), nil }

// Scan implements sql.Scanner.
func (x *AccountID) Scan(v any) error { return ScanText(x, v) }

// Value implements driver.Valuer.
func (x AccountID) Value() (driver.Value, error) { return string(x), nil }

// Scan implements sql.Scanner.
func (x *DepartmentID) Scan(v any) error { return ScanText(x, v) }

// Value implements driver.Valuer.
func (x DepartmentID) Value() (driver.Value, error) { return string(x), nil }

// Scan implements sql.Scanner.
func (x *Access) Scan(v any) error { return ScanText(x, v) }

// Value implements driver.Valuer.
func (x Access) Value() (driver.Value, error) { return string(x), nil }

// Scan implements sql.Scanner.
func (x *Format) Scan(v any) error { return ScanText(x, v) }

// Value implements driver.Valuer.
func (x Format) Value() (driver.Value, error) { return string(x), nil }

// Scan implements sql.Scanner.
func (x *Role) Scan(v any) error { return ScanText(x, v) }

// Value implements driver.Valuer.
func (x Role) Value() (driver.Value, error) { return string(x), nil }

// Scan implements sql.Scanner.
func (x *ConnectReason) Scan(v any) error { return ScanText(x, v) }

// Value implements driver.Valuer.
func (x ConnectReason) Value() (driver.Value, error) { return string(x), nil }

// Scan implements sql.Scanner.
func (x *Relation) Scan(v any) error { return ScanText(x, v) }

// Value implements driver.Valuer.
func (x Relation) Value() (driver.Value, error) { return string(x), nil }

// Scan implements sql.Scanner.
func (x *Absence) Scan(v any) error { return ScanText(x, v) }

// Value implements driver.Valuer.
func (x Absence) Value() (driver.Value, error) { return string(x), nil }

// Scan implements sql.Scanner.
func (x *MetricState) Scan(v any) error { return ScanText(x, v) }

// Value implements driver.Valuer.
func (x MetricState) Value() (driver.Value, error) { return string(x), nil }
