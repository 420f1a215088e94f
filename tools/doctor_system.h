/* The system's side of newspool doctor: what lies on the disk, the clock, the kernel. */
#ifndef TOOLS_DOCTOR_SYSTEM_H
#define TOOLS_DOCTOR_SYSTEM_H

#include "daemon/conf/config.h"
#include "tools/diagnosis.h"

void doctor_spool(const struct diagnosis_sink *sink, const struct config *config);
void doctor_database(const struct diagnosis_sink *sink, const struct config *config);
void doctor_clock(const struct diagnosis_sink *sink);
void doctor_sandbox(const struct diagnosis_sink *sink, const struct config *config);

#endif
