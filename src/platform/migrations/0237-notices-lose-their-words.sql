-- What a gateway said word for word is kept as long as somebody may ask for it, then emptied; what came of it stays, and so does the key that
-- makes it count once. What still waits to be read keeps its words. The index holds only those that are there: each leaves it when it is emptied.
alter table notices alter column body drop not null;
create index notices_words on notices (business_id, received_at) where body is not null;
