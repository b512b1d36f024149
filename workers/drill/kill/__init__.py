"""Drill `kill`: sites, workers and database are killed at random moments; nothing acknowledged may be lost or doubled.

`plan` says what is on the papers, `ground` prepares the database, `stage` runs the processes, `killer` kills them,
`callers` are the people, `record` is what they were told, `checks*` compare it with what is there, `controls` show that
the checks can fail.
"""
