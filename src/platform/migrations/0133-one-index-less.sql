-- Payments of an invoice are found by the key that counts its attempts; an index of its own only made each write dearer.
drop index payments_invoice;
