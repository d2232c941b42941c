-- Giving, taking and moving credits by hand is a permission of its own (credits:money), apart from buying them and from what is agreed about
-- them (wallets:money). Whoever made a role or a key before meant both by the one: they keep what they may, until somebody takes it from them.
-- The built-in role of billing is a table in code, and buys only. The owner of tables is bound by their policies: lifted for these statements.

alter table roles no force row level security;
update roles
set permissions = permissions || '{credits:money}'
where permissions @> '{wallets:money}' and not permissions @> '{credits:money}';
alter table roles force row level security;

alter table api_keys no force row level security;
update api_keys
set scopes = scopes || '{credits:write}'
where scopes @> '{wallets:write}' and not scopes @> '{credits:write}';
alter table api_keys force row level security;
