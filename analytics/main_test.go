package analytics

import (
	"testing"

	"github.com/hamawaz/hamawaz/schema/schematest"
)

func TestMain(m *testing.M) { schematest.Main(m) }
