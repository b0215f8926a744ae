-- Who is enrolled gets E on day 0, and who leaves every stay of the year gets W after it, on the drop date.
with -- parts: dated, stays, codes
select student_id, year_id, day, code, date from code
