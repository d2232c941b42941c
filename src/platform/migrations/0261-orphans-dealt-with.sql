-- A line on a panel that is nobody's here can be removed or switched off there by a person, and be taken over by itself.

alter table differences drop constraint differences_closed_because_check;
alter table differences add constraint differences_closed_because_check check (closed_because in ('gone', 'mended', 'adopted', 'removed'));

alter table adoptions drop constraint adoptions_source_check;
alter table adoptions add constraint adoptions_source_check check (source in ('panel', 'file', 'line'));
