-- The same list, handed in once more, goes on with its adoption. A keyed hash: what is in a list cannot be guessed from it.
alter table adoptions add column list_digest text check (list_digest is null or source = 'file');
