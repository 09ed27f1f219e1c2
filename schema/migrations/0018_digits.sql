-- The digits in which a person reads numbers in Urdu: "urdu", or empty for
-- Latin ones.

-- +goose Up
ALTER TABLE people ADD COLUMN IF NOT EXISTS digits LowCardinality(String) DEFAULT '' AFTER language;

-- A view keeps the columns that it was made with.
CREATE OR REPLACE VIEW people_now AS
SELECT * FROM people ORDER BY version DESC, changed_at DESC LIMIT 1 BY person_id;
