-- A line that somebody has in hand must not be taken by another while the first still waits for the panel: both would make it. Until when it was
-- claimed is kept beside when it is due; as long as the two are one, it is in hand, and whoever wishes it otherwise leaves it there. Whoever has
-- it sees in the end that the wish has moved on.
alter table lines add column held_until timestamptz;
