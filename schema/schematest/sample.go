package schematest

// Sample is the table of two departments and five accounts whose figures are
// computed by hand in the tests that use it. Times are UTC; Karachi is five
// hours ahead, so 19:00 UTC begins its next day.
const Sample = `
INSERT INTO departments (department_id, name_en, name_ur, version, changed_by) VALUES
	('health', 'Health', 'صحت', 1, 'test'), ('police', 'Police', 'پولیس', 1, 'test');
INSERT INTO accounts (account_id, department_id, platform, handle, name, status, version, changed_by) VALUES
	('h1', 'health', 'instagram', 'health1', 'Health one', 'approved', 1, 'test'),
	('h2', 'health', 'instagram', 'health2', 'Health two', 'approved', 1, 'test'),
	('p1', 'police', 'instagram', 'police1', 'Police', 'approved', 1, 'test'),
	('no', 'police', 'instagram', 'never',   'Never collected', 'approved', 1, 'test'),
	('ex', 'police', 'instagram', 'closed',  'Closed', 'closed', 1, 'test');
INSERT INTO posts (account_id, post_id, platform, published_at, collected_at, text, permalink) VALUES
	('h1', 'old', 'instagram', '2024-04-20 10:00:00', '2024-05-02 06:00:00', 'old text', 'https://x/old'),
	('h1', 'new', 'instagram', '2024-05-02 05:00:00', '2024-05-02 06:00:00', 'new text', 'https://x/new'),
	('h1', 'eve', 'instagram', '2024-05-02 20:00:00', '2024-05-03 06:00:00', 'eve text', 'https://x/eve'),
	('h2', 'hid', 'instagram', '2024-05-02 05:00:00', '2024-05-02 06:00:00', 'hidden likes', 'https://x/hid'),
	('p1', 'a',   'instagram', '2024-05-03 05:00:00', '2024-05-03 06:00:00', 'police', 'https://x/a');
INSERT INTO observations (account_id, post_id, platform, observed_at, call, reactions, comments, reach) VALUES
	('h1', 'old', 'instagram', '2024-05-02 06:00:00', 'media', 100, 10, NULL),
	('h1', 'old', 'instagram', '2024-05-02 06:00:00', 'insights', NULL, NULL, 900),
	('h1', 'old', 'instagram', '2024-05-02 18:59:00', 'media', 104, 11, NULL),
	('h1', 'old', 'instagram', '2024-05-05 06:00:00', 'media', 101, 12, NULL),
	('h1', 'new', 'instagram', '2024-05-02 06:00:00', 'media', 7, 1, NULL),
	('h1', 'new', 'instagram', '2024-05-02 19:00:00', 'media', 20, 2, NULL),
	('h1', 'eve', 'instagram', '2024-05-03 06:00:00', 'media', 5, 0, NULL),
	('h2', 'hid', 'instagram', '2024-05-02 06:00:00', 'media', NULL, 3, NULL),
	('h2', 'hid', 'instagram', '2024-05-03 06:00:00', 'media', NULL, 4, NULL),
	('p1', 'a',   'instagram', '2024-05-03 06:00:00', 'media', 1000, 0, NULL);
INSERT INTO account_observations (account_id, platform, observed_at, followers) VALUES
	('h1', 'instagram', '2024-05-02 06:00:00', 1000),
	('h1', 'instagram', '2024-05-05 06:00:00', 990),
	('h2', 'instagram', '2024-05-02 06:00:00', 500),
	('p1', 'instagram', '2024-05-13 06:00:00', 9999)
`
