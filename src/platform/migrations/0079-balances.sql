-- Who has a balance: asked for every set of renewals, among a million customers who have none.
create index accounts_with_balance on accounts (business_id, holder_id) where kind = 'customer' and balance > held;
