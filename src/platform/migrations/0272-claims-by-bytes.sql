-- A claim is made of ids, and these are compared byte by byte. It was not, so that no index answered where one was put together out of a row: whoever asked
-- whether somebody had been told walked through all claims of his business. And a range of claims ends behind its last id on any server, whatever its language.
alter table message_claims alter column claim type text collate "C";
