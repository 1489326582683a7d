/* The bytes that `db` loads, and what they are to the model. */
#ifndef OPQ_DATA_BUFFER_H
#define OPQ_DATA_BUFFER_H

/* Answers what follows the word db. */
void data_buffer_command(const char *arguments);

#endif
